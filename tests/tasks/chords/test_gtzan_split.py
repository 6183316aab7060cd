from collections import Counter

from seqtasks.tasks.chords.gtzan_split import gtzan_split


def test_the_sizes_of_the_fault_filtered_partition():
    splits = gtzan_split()
    # as Kereliuk et al. state them
    assert Counter(splits.values()) == {"train": 443, "validation": 197, "test": 290}
    assert Counter(name.split(".")[0] for name in splits)["classical"] == 99
    assert splits["blues.00029"] == "train"
    assert splits["blues.00000"] == "validation"
    assert splits["rock.00090"] == "test"
