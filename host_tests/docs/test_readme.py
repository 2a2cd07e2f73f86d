"""Every command in the README runs, in the order in which a reader meets them."""

import os
import re
import subprocess
import sys
from pathlib import Path

from qsota_tools.common.paths import TOOLS

TREE = TOOLS.parent
README = (TREE / "README.md").read_text()


def test_the_commands_of_the_readme_run(tmp_path):
    script = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL))
    assert script.count("qsota ") >= 8
    for name in ("examples", "boards"):
        (tmp_path / name).symlink_to(TREE / name)
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    result = subprocess.run(
        ["bash", "-euc", script.replace("/tmp/", f"{tmp_path}/")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "upgrade successful (10705)" in result.stdout


def test_the_links_of_the_documents_lead_somewhere():
    for path in [TREE / "README.md", TREE / "README.zh.md", *(TREE / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_the_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^make (\w+)", README, re.MULTILINE))
    assert {"demo", "test"} <= targets
    makefile = (TREE / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
