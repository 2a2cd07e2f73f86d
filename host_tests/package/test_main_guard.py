"""`if __name__ == "__main__":` in main.py runs on a board, and each line keeps its number."""

import ast
import subprocess

import pytest

from qsota_tools.common.errors import UserError
from qsota_tools.package.image import build_image
from qsota_tools.package.main_guard import named_main
from qsota_tools.virtual.vm_process import find_micropython

GUARD = 'if __name__ == "__main__":\n    print("ran")\n'


def imported(tmp_path, source):
    """What the import of that main.py from its image prints, as the loader imports it."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(source, newline="")
    path = tmp_path / "image"
    path.write_bytes(build_image(tmp_path / "app"))
    script = (
        f"import sys, vfs; vfs.mount(vfs.VfsRom(open({str(path)!r}, 'rb').read()), '/app');"
        "sys.path.insert(0, '/app'); import main"
    )
    command = [find_micropython(), "-c", script]
    return subprocess.run(command, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# a comment\n",
        "\n",
        '"""A docstring\nof two lines."""\n',
        "import sys\n",
        "x = [\n    1,\n]\n",
        "def f():\n    return __name__\n\n\nassert f() == '__main__'\n",
        "# a comment\nclass A:\n    pass\n",
        "import sys\r\n\r\n",
    ],
)
def test_what_a_stock_main_py_guards_runs(tmp_path, before):
    assert imported(tmp_path, before + GUARD) == "ran\n"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nx = 1\n",
        "# one\n# two\ndef f():\n    pass\nx = 1\n",
        "\n@print\n@print\ndef f():\n    pass\n",
        '"""Doc."""\nx = 1\n',
        "\n\nif True:\n    x = 1\n",
    ],
)
def test_every_statement_keeps_its_line(source):
    def lines(text):
        return [(type(node).__name__, node.lineno) for node in ast.parse(text).body]

    named = lines(named_main(source))
    assert ("Assign", named[0][1]) == named[0] and named[1:] == lines(source)


def test_an_empty_main_stays_empty():
    assert named_main("# nothing yet\n") == "# nothing yet\n"


def test_a_syntax_error_is_shown_where_the_author_made_it(tmp_path):
    with pytest.raises(UserError, match="(?s)main.py does not compile.*line 2"):
        imported(tmp_path, "x = 1\nif x\n")
