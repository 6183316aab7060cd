"""Rewrites the definition of a function so that its intermediate values are recorded.

``h = ops.tanh(a + b)`` becomes, r being the recorder and without the texts,
``h = r.named(r.value(r.followed(ops.tanh)(r.value(a + b, …)), …), "h", …)``.
"""

import ast
import copy

RECORDER = "__recorder__"

_KINDS = {
    **dict.fromkeys(
        ("matmul", "dot", "einsum", "tensordot", "recurrent_matmul"), "product"
    ),
    **dict.fromkeys(("add", "subtract"), "sum"),
    "multiply": "elementwise product",
    **dict.fromkeys(("concatenate", "stack"), "concatenation"),
    **dict.fromkeys(("split", "unstack"), "split"),
    **dict.fromkeys(
        (
            *("sigmoid", "tanh", "relu", "softplus", "log_sigmoid", "hard_sigmoid"),
            *("silu", "gelu", "elu", "selu", "softsign", "relu6", "leaky_relu"),
            *("softmax", "swish", "hard_tanh", "hard_silu"),
            *("activation", "recurrent_activation", "gate"),
        ),
        "activation",
    ),
}
_OPERATORS = {
    ast.MatMult: "product",
    ast.Add: "sum",
    ast.Sub: "sum",
    ast.Mult: "elementwise product",
    ast.Div: "elementwise product",
}


def rewritten(definition: ast.FunctionDef, factory: str) -> ast.FunctionDef:
    """A function, to stand in the place of a definition, that makes one that records.

    It has one argument, the recorder. In it the rewritten definition has the same free
    variables, ``super()`` and names with two underscores as at its place.

    Args:
        definition: The definition of a function. The arguments of ``call`` are
            registered; what ``step`` is given first is named by its parameter.
        factory: Name of the function.
    """
    made = copy.deepcopy(definition)
    made.decorator_list = []
    made = _Rewriter().visit(made)
    parameters = [one.arg for one in (*made.args.posonlyargs, *made.args.args)][1:]
    first: list[ast.stmt] = []
    if definition.name == "call":
        loaded = [ast.Name(one, ast.Load()) for one in parameters]
        first = [ast.Expr(_recorder("inputs", *loaded))]
    if definition.name == "step" and parameters:
        projected = ast.Name(parameters[0], ast.Load())
        first = [ast.Expr(_named(projected, parameters[0], "", "other"))]
    made.body = [*first, *made.body]
    outer = ast.parse(f"def {factory}({RECORDER}): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body = [made]
    return ast.fix_missing_locations(ast.copy_location(outer, definition))


class _Rewriter(ast.NodeTransformer):
    """Wraps calls, operators and assigned values."""

    def visit_BinOp(self, node):
        source, kind = ast.unparse(node), _kind(node)
        self.generic_visit(node)
        return ast.copy_location(_value(node, source, kind), node)

    def visit_UnaryOp(self, node):
        if isinstance(node.operand, ast.Constant) or isinstance(node.op, ast.Not):
            return node
        source = ast.unparse(node)
        self.generic_visit(node)
        return ast.copy_location(_value(node, source, "other"), node)

    def visit_Call(self, node):
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return node
        source, kind = ast.unparse(node), _kind(node)
        self.generic_visit(node)
        node.func = ast.copy_location(_recorder("followed", node.func), node.func)
        return ast.copy_location(_value(node, source, kind), node)

    def visit_Assign(self, node):
        source, kind = ast.unparse(node.value), _kind(node.value)
        self.generic_visit(node)
        node.value = _assigned(node.value, node.targets[0], source, kind)
        return node

    def visit_AnnAssign(self, node):
        if node.value is None:
            return node
        source, kind = ast.unparse(node.value), _kind(node.value)
        node.value = _assigned(self.visit(node.value), node.target, source, kind)
        return node

    def visit_NamedExpr(self, node):
        source, kind = ast.unparse(node.value), _kind(node.value)
        node.value = _assigned(self.visit(node.value), node.target, source, kind)
        return node

    def visit_AugAssign(self, node):
        source = ast.unparse(node)
        kind = _OPERATORS.get(type(node.op), "other")
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        after = ast.Name(node.target.id, ast.Load())
        record = ast.Expr(_named(after, node.target.id, source, kind))
        return [node, ast.copy_location(record, node)]

    def visit_Return(self, node):
        names = _state_names(node.value)
        self.generic_visit(node)
        if names:
            node.value = _recorder("returned", node.value, _constants(names))
        return node

    # what is no part of the computation, or holds patterns that must stay as they are

    def visit_JoinedStr(self, node):
        return node

    def visit_match_case(self, node):
        node.guard = node.guard and self.visit(node.guard)
        node.body = [one for part in node.body for one in _as_list(self.visit(part))]
        return node

    def visit_FunctionDef(self, node):
        node.body = [one for part in node.body for one in _as_list(self.visit(part))]
        return node


def _kind(node: ast.expr) -> str:
    """The kind of an expression, by its outermost operation."""
    if isinstance(node, ast.BinOp):
        return _OPERATORS.get(type(node.op), "other")
    if isinstance(node, ast.Subscript):
        return "split"
    if isinstance(node, ast.Call):
        function = node.func
        name = getattr(function, "attr", getattr(function, "id", ""))
        return _KINDS.get(name, "other")
    return "other"


def _assigned(value, target: ast.expr, source: str, kind: str) -> ast.expr:
    """The value of an assignment, with the names that it gets."""
    if isinstance(target, ast.Name):
        return _named(value, target.id, source, kind)
    if isinstance(target, ast.Tuple | ast.List) and not any(
        isinstance(one, ast.Starred) for one in target.elts
    ):
        names = tuple(getattr(one, "id", "") for one in target.elts)
        texts = (ast.Constant(source), ast.Constant(kind))
        return _recorder("unpacked", value, _constants(names), *texts)
    return value


def _state_names(value: ast.expr | None) -> tuple[str, ...]:
    """The names in ``return h, [h, c]``; empty if they are no names."""
    if not isinstance(value, ast.Tuple) or len(value.elts) != 2:
        return ()
    states = value.elts[1]
    if not isinstance(states, ast.Tuple | ast.List):
        return ()
    names = tuple(getattr(one, "id", "") for one in states.elts)
    return names if all(names) else ()


def _value(node, source: str, kind: str) -> ast.Call:
    return _recorder("value", node, ast.Constant(source), ast.Constant(kind))


def _named(node, name: str, source: str, kind: str) -> ast.Call:
    texts = (ast.Constant(one) for one in (name, source, kind))
    return _recorder("named", node, *texts)


def _recorder(method: str, *arguments: ast.expr) -> ast.Call:
    """A call of one of the recorder's methods."""
    recorder = ast.Name(RECORDER, ast.Load())
    return ast.Call(ast.Attribute(recorder, method, ast.Load()), [*arguments], [])


def _constants(names: tuple[str, ...]) -> ast.Tuple:
    return ast.Tuple([ast.Constant(one) for one in names], ast.Load())


def _as_list(nodes) -> list:
    return nodes if isinstance(nodes, list) else [nodes]
