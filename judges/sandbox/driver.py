# Runs a sample's tests inside the sandbox, in another process than the sample's code.
#
# Standard input holds frames, each "LENGTH\n" and so many bytes: the sample's code, then (not read before the sample
# has its own process) a token, the names that the sample is to define, code that prepares the tests, the text of a
# function `check(candidate)` or nothing, the number of further tests, and these, one frame each. The parent process has the tests and the descriptor for the result (3); the child has the sample's code
# and two pipes. Calls, arguments and results cross as literals, read without evaluating anything; what is no literal
# stays with the sample and crosses as a number. So the sample chooses values and nothing else: it can not see a test,
# an expected value, the token or the place where the verdict goes, and leaving early is no success.
#
# Each assertion of the tests, and each statement of `check` that holds one, has an outcome of its own.
# Result: one line of JSON, {"token", "error", "died", "cpu_seconds", "tests": [[outcome, detail], ...]}.
# Only built-in modules are imported: every import costs more than a start of this sandbox.
import posix
import sys
import time

COMPILE_TO_TREE = 0x400
LARGEST_MESSAGE = 2_000_000
LONGEST_ITERATOR = 100_000


class Died(Exception):
    """The sample's process is gone, or stopped answering."""


# Frames and lines

def read_exactly(size):
    parts = []
    while size > 0:
        part = posix.read(0, min(size, 1 << 20))
        if not part:
            raise SystemExit("the input ends early")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_frame():
    digits = b""
    while (byte := read_exactly(1)) != b"\n":
        digits += byte
    return read_exactly(int(digits)).decode("utf-8", "surrogatepass")


class Line:
    """One end of a pair of pipes: messages are lines of ASCII."""

    def __init__(self, source, target):
        self.source, self.target, self.held = source, target, b""

    def send(self, text):
        data = text.encode("ascii") + b"\n"
        while data:
            try:
                data = data[posix.write(self.target, data):]
            except BrokenPipeError:
                raise Died() from None

    def receive(self):
        parts, size = [self.held], len(self.held)
        while b"\n" not in parts[-1]:
            part = posix.read(self.source, 1 << 16)
            size += len(part)
            if not part:
                raise Died()
            if size > LARGEST_MESSAGE:
                raise OverflowError("a value is too large to compare")
            parts.append(part)
        line, _, self.held = b"".join(parts).partition(b"\n")
        return line.decode("ascii")


# Values as literals. Subclasses of built-in types cross as the built-in: an overridden __eq__ stays behind.

TYPES = {kind.__name__: kind for kind in (int, float, complex, bool, str, bytes, bytearray, list, tuple, dict, set,
                                          frozenset, range, object, type, type(None))}
VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
ITERATORS = (type(iter([])), type(iter(())), type(iter(range(0))), type(iter({})), type(iter(set())), type(iter("")),
             type(reversed([])), map, filter, zip, enumerate, type(_ for _ in ()))


def encode(value, hold):
    kind = type(value)
    if value is None or kind is bool or value is Ellipsis:
        return repr(value)
    if isinstance(value, int):
        value = int.__index__(value)
        return int.__repr__(value) if -10 ** 18 < value < 10 ** 18 else hex(value)
    if isinstance(value, float):
        return float.__repr__(value) if value - value == 0 else "F(%r)" % float.__repr__(value)
    if isinstance(value, complex):
        return "C(%s,%s)" % (encode(value.real, hold), encode(value.imag, hold))
    if isinstance(value, str):
        return ascii(str.__str__(value))
    if isinstance(value, bytes):
        return bytes.__repr__(value)
    if isinstance(value, bytearray):
        return "B(%r)" % bytes(value)

    def each(items):
        return ",".join([encode(item, hold) for item in items])

    if isinstance(value, list):
        return "[%s]" % each(list.__iter__(value))
    if isinstance(value, tuple):
        return "(%s)" % "".join([encode(item, hold) + "," for item in tuple.__iter__(value)])
    if isinstance(value, dict):
        return "{%s}" % ",".join([encode(k, hold) + ":" + encode(v, hold) for k, v in dict.items(value)])
    if isinstance(value, set):
        return "S([%s])" % each(set.__iter__(value))
    if isinstance(value, frozenset):
        return "Z([%s])" % each(frozenset.__iter__(value))
    if kind is type and TYPES.get(value.__name__) is value:
        return "T(%r)" % value.__name__
    if kind is range:
        return "R(%s,%s,%s)" % (value.start, value.stop, value.step)
    if kind in VIEWS:
        return "V(%r,[%s])" % (VIEWS[kind], each(list(value)))
    if kind in ITERATORS:
        items = []
        for item in value:
            items.append(item)
            if len(items) > LONGEST_ITERATOR:
                raise OverflowError("an iterator does not end")
        return "I([%s])" % each(items)
    return "O(%d)" % hold(value)


def special(name, arguments, find):
    if name == "O":
        return find(*arguments)
    if name == "T":
        return TYPES[arguments[0]]
    if name == "V":
        kind, items = arguments
        if kind == "values":
            return dict(enumerate(items)).values()
        return dict.fromkeys(items).keys() if kind == "keys" else dict(items).items()
    return {"F": float, "C": complex, "B": bytearray, "S": set, "Z": frozenset, "R": range, "I": iter}[name](*arguments)


def build(node, find):
    kind = type(node).__name__
    if kind == "Constant":
        return node.value
    if kind == "UnaryOp":
        return -build(node.operand, find)
    if kind == "Dict":
        return {build(k, find): build(v, find) for k, v in zip(node.keys, node.values)}
    if kind == "Call":
        return special(node.func.id, [build(a, find) for a in node.args], find)
    items = [build(item, find) for item in node.elts]
    return tuple(items) if kind == "Tuple" else items


def decode(text, find):
    return build(compile(text, "value", "eval", COMPILE_TO_TREE).body, find)


# The sample's process

def describe(problem):
    try:
        return "%s: %s" % (type(problem).__name__, problem)
    except BaseException:
        return type(problem).__name__


def perform(namespace, objects, request):
    operation, target, name, arguments, keywords = request
    if operation == "call":
        function = namespace[name] if target is None else target
        return function(*arguments, **keywords)
    if operation == "get":
        return getattr(target, name)
    return setattr(target, name, arguments[0])


def serve_sample(code, line):
    objects = []

    def hold(value):
        objects.append(value)
        return len(objects) - 1

    def reply(action):
        try:
            answer = "(True,%s)" % encode(action(), hold)
        except BaseException as problem:
            names = [base.__name__ for base in type(problem).__mro__]
            answer = "(False,%s)" % encode((names, describe(problem)[:500]), hold)
        line.send(answer)

    namespace = {"__name__": "solution"}
    reply(lambda: exec(compile(code, "solution.py", "exec"), namespace))
    while True:
        text = line.receive()
        reply(lambda: perform(namespace, objects, decode(text, objects.__getitem__)))


def start_sample(code):
    requests, replies = posix.pipe(), posix.pipe()
    child = posix.fork()
    if child:
        posix.close(requests[0])
        posix.close(replies[1])
        return child, Line(replies[0], requests[1])
    try:
        empty = posix.pipe()
        posix.dup2(empty[0], 0)
        posix.dup2(requests[0], 3)
        posix.dup2(replies[1], 4)
        posix.closerange(5, 256)
        serve_sample(code, Line(3, 4))
    finally:
        posix._exit(0)


# The tests' process

class Sample:
    """What the tests see of the sample."""

    def __init__(self, line):
        self.line, self.known = line, {}

    def find(self, number):
        if number not in self.known:
            self.known[number] = Remote(self, number)
        return self.known[number]

    def answer(self):
        good, value = decode(self.line.receive(), self.find)
        if good:
            return value
        names, text = value
        raise exception_of(names, text)

    def ask(self, operation, target, name, arguments=(), keywords={}):
        def hold(value):
            if type(value) is Remote:
                return object.__getattribute__(value, "_number")
            raise TypeError("a test hands over something that is no literal: " + type(value).__name__)

        request = "(%r,%s,%s,%s,%s)" % (operation, "None" if target is None else "O(%d)" % target, encode(name, hold),
                                        encode(list(arguments), hold), encode(keywords, hold))
        self.line.send(request)
        return self.answer()


class Remote:
    """Something of the sample's that is no literal. Equal to itself alone."""

    def __init__(self, sample, number):
        object.__setattr__(self, "_sample", sample)
        object.__setattr__(self, "_number", number)

    def __getattr__(self, name):
        return self._sample.ask("get", self._number, name)

    def __setattr__(self, name, value):
        self._sample.ask("set", self._number, name, [value])

    def __call__(self, *arguments, **keywords):
        return self._sample.ask("call", self._number, "", arguments, keywords)


class SampleError(Exception):
    """An exception of the sample's own, or one that a test must not catch by chance."""


def exception_of(names, text):
    """The nearest built-in exception; nothing that would end the tests as if they were done."""
    for name in names:
        known = getattr(sys.modules["builtins"], name, None) if type(name) is str else None
        if isinstance(known, type) and issubclass(known, Exception):
            try:
                return type(name, (SampleError, known), {})(text)
            except TypeError:
                continue
    return SampleError(text)


def caller(sample, name):
    return lambda *arguments, **keywords: sample.ask("call", None, name, arguments, keywords)


def names_in(code):
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            found |= names_in(constant)
    return found


def run_code(code, namespace):
    for name in names_in(code):
        if name not in namespace and name in sys.stdlib_module_names:  # tests rely on what solutions import
            namespace[name] = __import__(name)
    exec(code, namespace)


def outcome_of(code, namespace):
    try:
        run_code(code, namespace)
        return "passed", ""
    except Died:
        return "died", ""
    except SampleError as problem:
        return "memory" if isinstance(problem, MemoryError) else "error", str(problem)
    except AssertionError as problem:
        return "failed", str(problem)
    except Exception as problem:
        return "error", describe(problem)


def asserts(node):
    if type(node).__name__ == "Assert":
        return True
    values = [getattr(node, field, None) for field in getattr(node, "_fields", ())]
    parts = [part for value in values for part in (value if type(value) is list else [value])]
    return any(asserts(part) for part in parts)


def tests_in(check, tests, namespace):
    """(code, line, whether it counts) of every test, in order; what stands beside `check` is run."""
    found = []
    if check:
        tree, lines = compile(check, "tests", "exec", COMPILE_TO_TREE), check.splitlines()
        for statement in tree.body:
            if type(statement).__name__ == "FunctionDef" and statement.name == "check":
                for part in statement.body:
                    code = compile(type(tree)([part], []), "tests", "exec")
                    found.append((code, lines[part.lineno - 1].strip(), asserts(part)))
            else:
                exec(compile(type(tree)([statement], []), "tests", "exec"), namespace)
    return found + [(compile(test, "tests", "exec"), test.strip(), True) for test in tests]


def run_tests(found, namespace):
    outcomes = []
    for code, line, counts in found:
        outcome, detail = outcome_of(code, namespace)
        if counts or outcome != "passed":
            outcomes.append((outcome, detail if outcome == "passed" else line[:160] + ("\n" + detail if detail else "")))
        if outcome == "died":
            break
    return outcomes


def quote(text):
    units = text.encode("utf-16-be", "surrogatepass")
    return '"%s"' % "".join(["\\u%02x%02x" % pair for pair in zip(units[::2], units[1::2])])


def finish(token, error, death, outcomes):
    tests = ",".join(["[%s,%s]" % (quote(kind), quote(detail[:500])) for kind, detail in outcomes])
    result = '{"token":%s,"error":%s,"died":%d,"cpu_seconds":%.3f,"tests":[%s]}\n' % (
        quote(token), quote(error[:500]), *death, tests)
    data = result.encode("ascii")
    while data:
        data = data[posix.write(3, data):]
    posix._exit(0)


ALIVE = (0, 0.0)


def death_of(child):
    """The signal that ended the sample's process, or -1 where it left by itself or only stopped answering; CPU time."""
    for _ in range(100):
        ended, status, used = posix.wait4(child, posix.WNOHANG)
        if ended:
            return posix.WTERMSIG(status) if posix.WIFSIGNALED(status) else -1, used.ru_utime + used.ru_stime
        time.sleep(0.01)
    return -1, 0.0


def main():
    child, line = start_sample(read_frame())
    token, names, setup, check = read_frame(), read_frame().split(), read_frame(), read_frame()
    tests = [read_frame() for _ in range(int(read_frame()))]
    sample, namespace = Sample(line), {"__name__": "tests"}
    if any("random" in text for text in [setup, check] + tests):
        import random
        random.seed(0)
    try:
        sample.answer()
    except Died:
        finish(token, "its process ended while it was loaded", death_of(child), [])
    except SampleError as problem:
        finish(token, str(problem), ALIVE, [("memory", "")] if isinstance(problem, MemoryError) else [])
    except Exception as problem:
        finish(token, describe(problem), ALIVE, [])
    callers = {name: caller(sample, name) for name in names}
    namespace |= callers
    outcomes = run_tests([(compile(setup, "setup", "exec"), "setup", False)], namespace)
    namespace |= callers  # HumanEval's prompt defines an empty function of the same name
    namespace["candidate"] = callers[names[-1]]
    outcomes = outcomes or run_tests(tests_in(check, tests, namespace), namespace)
    finish(token, "", death_of(child) if outcomes and outcomes[-1][0] == "died" else ALIVE, outcomes)


main()
