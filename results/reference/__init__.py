"""The reference results: shipped with the package, read by ``seqtasks.store``.

They are data and hold no code: one JSON file a run, the log of their test evaluations
and the generated README. A person's own results lie in ``results`` of the folder in
which ``seqtasks`` is typed.
"""
