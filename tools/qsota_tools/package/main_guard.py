"""`if __name__ == "__main__":` in main.py means on a board what it means elsewhere.

The loader imports main, and an import names a module after its file: nothing below such a line
would run. So the image's main says its name itself, on a line that is there already, for the line
numbers of a traceback to fit the source.
"""

import ast

_NAME = '__name__ = "__main__"'


def named_main(source: str) -> str:
    """The source of main.py with the assignment before its first statement.

    Only where a compound statement stands on the first line does the assignment take a new one.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:  # MicroPython may think otherwise; if not, its compiler says so
        return f"{_NAME}\n{source}"
    if not body:
        return source
    first = body[0]
    decorators = getattr(first, "decorator_list", [])
    at = min(node.lineno for node in [first, *decorators]) - 1
    lines = source.splitlines(keepends=True)
    if not hasattr(first, "body"):
        lines[at] = f"{_NAME}; {lines[at]}"
    elif at:
        lines[at - 1] = _NAME + "  " + lines[at - 1].lstrip(" \t")  # blank, or a comment
    else:
        lines.insert(0, f"{_NAME}\n")
    return "".join(lines)
