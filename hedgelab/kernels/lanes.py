"""Lane types: how numba compiles the words of a rule over several paths at once.

A lane value holds `width` numbers in vector registers.  The width is part of the type, so several
widths live in one process.  Importing this module imports numba; the rules themselves need only
`kernels.words`.
"""

import functools
import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model

from hedgelab.kernels.words import (
    any_of,
    as_number,
    as_words,
    call,
    clamp,
    larger,
    memory_of,
    multiply_add,
    negate,
    select,
    smaller,
    sqrt,
)


# -- lane types ----------------------------------------------------------------------------------
class Lanes(types.Type):
    """`width` values held in vector registers."""

    def __init__(self, width):
        self.width = width
        super().__init__(f"{type(self).__name__}{width}")


class Numbers(Lanes):
    """One number a path."""

    element, scalar = ir.DoubleType(), types.float64


class Conditions(Lanes):
    """One condition a path."""

    element, scalar = ir.IntType(1), types.boolean


class Words(Lanes):
    """Sixty-four bits a path."""

    element, scalar = ir.IntType(64), types.uint64


def _register(kind):
    @register_model(kind)
    class Model(models.PrimitiveModel):
        def __init__(self, manager, lane_type):
            super().__init__(manager, lane_type, ir.VectorType(kind.element, lane_type.width))


for _kind in (Numbers, Conditions, Words):
    _register(_kind)

SCALARS = {
    Numbers: (types.Float, types.Integer),
    Conditions: (types.Boolean,),
    Words: (types.Integer,),
}


def kind_of(value_type):
    """Numbers, Conditions or Words, for a lane type or the matching scalar type."""
    if isinstance(value_type, Lanes):
        return type(value_type)
    if isinstance(value_type, types.Boolean):
        return Conditions
    if value_type == types.uint64:
        return Words
    return Numbers if isinstance(value_type, SCALARS[Numbers]) else None


def result_type(kind, *arguments):
    """The lane type as wide as the arguments; the scalar type when none is a lane."""
    widths = {a.width for a in arguments if isinstance(a, Lanes)}
    return kind(widths.pop()) if widths else kind.scalar


def spread(context, builder, value, have, want):
    """Repeat a scalar over the lanes of `want`; leave lanes as they are."""
    if isinstance(have, Lanes) or not isinstance(want, Lanes):
        return value if isinstance(have, Lanes) else context.cast(builder, value, have, want)
    value = context.cast(builder, value, have, want.scalar)
    if isinstance(want, Conditions):  # booleans are bytes in memory, bits in registers
        value = builder.trunc(value, want.element) if value.type != want.element else value
    vector = ir.VectorType(want.element, want.width)
    one = builder.insert_element(
        ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0)
    )
    return builder.shuffle_vector(
        one, one, ir.Constant(ir.VectorType(ir.IntType(32), want.width), [0] * want.width)
    )


# -- operators -----------------------------------------------------------------------------------
def binary(function, kind, result, emit):
    """Teach numba `function(lanes, lanes)`, mixed with scalars on either side."""

    @infer_global(function)
    class Typing(AbstractTemplate):
        def generic(self, arguments, keywords):
            arguments = [types.unliteral(a) for a in arguments]
            fits = [isinstance(a, (kind, *SCALARS[kind])) for a in arguments]
            if len(arguments) == 2 and all(fits) and any(isinstance(a, kind) for a in arguments):
                return signature(result_type(result, *arguments), *arguments)

    def lower(context, builder, sig, values):
        common = result_type(kind, *sig.args)
        return emit(
            builder,
            *(
                spread(context, builder, v, t, common)
                for v, t in zip(values, sig.args, strict=True)
            ),
        )

    for scalar in SCALARS[kind]:
        lower_builtin(function, kind, scalar)(lower)
        lower_builtin(function, scalar, kind)(lower)
    lower_builtin(function, kind, kind)(lower)


def _plain(method):
    return lambda builder, x, y: getattr(builder, method)(x, y)


def _compare(symbol):
    ordered = "fcmp_unordered" if symbol == "!=" else "fcmp_ordered"
    return lambda builder, x, y: getattr(builder, ordered)(symbol, x, y)


for _op, _method in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"), ("truediv", "fdiv")):
    binary(getattr(operator, _op), Numbers, Numbers, _plain(_method))
for _op, _symbol in (
    ("lt", "<"),
    ("gt", ">"),
    ("le", "<="),
    ("ge", ">="),
    ("eq", "=="),
    ("ne", "!="),
):
    binary(getattr(operator, _op), Numbers, Conditions, _compare(_symbol))
for _op in ("and_", "or_"):
    binary(getattr(operator, _op), Conditions, Conditions, _plain(_op))
for _op, _method in (
    ("add", "add"),
    ("sub", "sub"),
    ("and_", "and_"),
    ("or_", "or_"),
    ("xor", "xor"),
    ("lshift", "shl"),
    ("rshift", "lshr"),
):
    binary(getattr(operator, _op), Words, Words, _plain(_method))


def unary(function, kind, emit):
    """Teach numba `function(lanes)`."""

    @infer_global(function)
    class Typing(AbstractTemplate):
        def generic(self, arguments, keywords):
            if len(arguments) == 1 and isinstance(arguments[0], kind):
                return signature(arguments[0], *arguments)

    lower_builtin(function, kind)(lambda context, builder, sig, values: emit(builder, values[0]))


def _intrinsic(name):
    def emit(builder, x):
        suffix = f"v{x.type.count}f64" if isinstance(x.type, ir.VectorType) else "f64"
        kind = ir.FunctionType(x.type, [x.type])
        return builder.call(
            cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.{suffix}"), [x]
        )

    return emit


unary(abs, Numbers, _intrinsic("fabs"))
unary(operator.neg, Numbers, lambda builder, x: builder.fneg(x))


# -- the words of a rule, compiled for scalars and lanes alike -----------------------------------
def word(function, typing):
    """`typing(*argument types)` gives the result type; decorates what emits instructions."""

    @infer_global(function)
    class Typing(AbstractTemplate):
        def generic(self, arguments, keywords):
            arguments = [types.unliteral(a) for a in arguments]
            result = typing(*arguments)
            return None if result is None else signature(result, *arguments)

    def decorate(lower):
        for count in (1, 2, 3):
            lower_builtin(function, *[types.Any] * count)(lower)

    return decorate


@word(select, lambda c, x, y: None if kind_of(x) is None else result_type(kind_of(x), c, x, y))
def _(context, builder, sig, values):
    result, (condition, *choices) = sig.return_type, sig.args
    if isinstance(condition, Lanes):
        test = values[0]
    else:  # one condition for all lanes: LLVM takes a scalar selector
        test = context.cast(builder, values[0], condition, types.boolean)
        test = builder.trunc(test, ir.IntType(1)) if test.type != ir.IntType(1) else test
    return builder.select(
        test,
        *(spread(context, builder, v, t, result) for v, t in zip(values[1:], choices, strict=True)),
    )


@word(negate, lambda c: c if kind_of(c) is Conditions else None)
def _(context, builder, sig, values):
    return builder.not_(values[0])


@word(any_of, lambda c: types.boolean if kind_of(c) is Conditions else None)
def _(context, builder, sig, values):
    found, bit = values[0], ir.IntType(1)
    if isinstance(sig.args[0], Lanes):
        bits = ir.IntType(sig.args[0].width)
        found = builder.icmp_unsigned("!=", builder.bitcast(found, bits), bits(0))
    # what is asked for is rare: what lives on in registers is saved there, and not in every bar
    kind = ir.FunctionType(bit, [bit, bit])
    expect = cgutils.get_or_insert_function(builder.module, kind, "llvm.expect.i1")
    return builder.call(expect, [found, bit(0)])


@word(sqrt, lambda x: result_type(Numbers, x))
def _(context, builder, sig, values):
    return _intrinsic("sqrt")(
        builder, spread(context, builder, values[0], sig.args[0], sig.return_type)
    )


def numbers_of(context, builder, sig, values):
    """The arguments of a call, each as wide as its result."""
    return [
        spread(context, builder, v, t, sig.return_type)
        for v, t in zip(values, sig.args, strict=True)
    ]


def choose(builder, symbol, x, y):
    """`x` where it compares so with `y`, else `y`."""
    return builder.select(builder.fcmp_ordered(symbol, x, y), x, y)


@word(larger, lambda x, y: result_type(Numbers, x, y))
def _(context, builder, sig, values):
    return choose(builder, ">", *numbers_of(context, builder, sig, values))


@word(smaller, lambda x, y: result_type(Numbers, x, y))
def _(context, builder, sig, values):
    return choose(builder, "<", *numbers_of(context, builder, sig, values))


@word(clamp, lambda x, low, high: result_type(Numbers, x, low, high))
def _(context, builder, sig, values):
    x, low, high = numbers_of(context, builder, sig, values)
    return choose(builder, "<", choose(builder, ">", x, low), high)


@word(multiply_add, lambda x, y, z: result_type(Numbers, x, y, z))
def _(context, builder, sig, values):
    operands = numbers_of(context, builder, sig, values)
    suffix = f"v{sig.return_type.width}f64" if isinstance(sig.return_type, Lanes) else "f64"
    kind = ir.FunctionType(operands[0].type, [operands[0].type] * 3)
    return builder.call(
        cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.{suffix}"), operands
    )


def _recast(source, target):
    def typing(x):
        return result_type(target, x) if kind_of(x) is source else None

    def lower(context, builder, sig, values):
        value = spread(context, builder, values[0], sig.args[0], result_type(source, *sig.args))
        return builder.bitcast(value, context.get_value_type(sig.return_type))

    return typing, lower


for _function, _source, _target in ((as_words, Numbers, Words), (as_number, Words, Numbers)):
    _typing, _lower = _recast(_source, _target)
    word(_function, _typing)(_lower)


CACHE_LINE = 64  # bytes


# -- memory --------------------------------------------------------------------------------------
@functools.cache
def access(kind, width):
    """`load(memory, at)` and `store(memory, at, value)` of `width` values."""
    if not width:

        def load(memory, at):
            return memory[at]

        def store(memory, at, value):
            memory[at] = value

        return load, store
    lanes = kind(width)

    def address(context, builder, memory, at):
        return builder.bitcast(
            builder.gep(memory, [at]), ir.VectorType(kind.element, width).as_pointer()
        )

    @intrinsic
    def load(typing_context, memory, at):
        def lower(context, builder, sig, values):
            return builder.load(address(context, builder, *values), align=8)

        return lanes(memory, types.intp), lower

    @intrinsic
    def store(typing_context, memory, at, value):
        def lower(context, builder, sig, values):
            lane_value = spread(context, builder, values[2], sig.args[2], lanes)
            builder.store(lane_value, address(context, builder, *values[:2]), align=8)
            return context.get_dummy_value()

        return types.void(memory, types.intp, types.unliteral(value)), lower

    return load, store


@functools.cache
def widen(kind, width):
    """`same(x)`: x as lanes, even when a rule returned one scalar for all of them."""
    if not width:
        return (lambda x: x * 1.0) if kind is Numbers else (lambda x: x)
    lanes = kind(width)

    @intrinsic
    def same(typing_context, x):
        def lower(context, builder, sig, values):
            return spread(context, builder, values[0], sig.args[0], lanes)

        return lanes(types.unliteral(x)), lower

    return same


@intrinsic
def align_stack(typing_context):
    """Begin the stack of the compiled function where a cache line begins.

    What does not fit among the registers is then kept within one line.  Else where it lies is left
    to chance, and the same pass is a tenth slower in some processes than in others.
    """

    def lower(context, builder, sig, values):
        builder.function.attributes.add("nounwind")  # llvmlite drops an alignment that stands alone
        builder.function.attributes.alignstack = CACHE_LINE
        return context.get_dummy_value()

    return types.void(), lower


# -- calling passes by address -------------------------------------------------------------------
MEMORY = types.CPointer(types.float64)
#            parameters others slots memory wanted tile  n_tiers first_bar n_bars
SIGNATURE = types.void(*(MEMORY,) * 6, types.int64, types.int64, types.int64)


@infer_global(memory_of)
class _(AbstractTemplate):
    def generic(self, arguments, keywords):
        if isinstance(arguments[0], types.Array) and arguments[0].layout == "C":
            return signature(MEMORY, *arguments)


@lower_builtin(memory_of, types.Array)
def _(context, builder, sig, values):
    data = context.make_array(sig.args[0])(context, builder, values[0]).data
    return builder.bitcast(data, context.get_value_type(MEMORY))


@infer_global(call)
class _(AbstractTemplate):
    def generic(self, arguments, keywords):
        address = types.unliteral(arguments[0])  # in an array of numbers it is one, exactly
        return signature(types.void, address, *SIGNATURE.args)


@lower_builtin(call, types.float64, *SIGNATURE.args)
@lower_builtin(call, types.int64, *SIGNATURE.args)
def _(context, builder, sig, values):
    values[0] = context.cast(builder, values[0], sig.args[0], types.int64)
    pointers = [context.get_value_type(t) for t in sig.args[1:]]
    function = ir.FunctionType(ir.VoidType(), pointers).as_pointer()
    builder.call(builder.inttoptr(values[0], function), values[1:])
    return context.get_dummy_value()
