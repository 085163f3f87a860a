"""The set-up says one thing everywhere, and the habits a machine can see are kept."""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hedgelab.project import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = SETTINGS["project"]
LOCKED_EXTRAS = ("dev", "parquet", "scale")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONDA_NAMES = {"arch-py": "arch", "jupyter_client": "jupyter-client"}
TARGETS = {
    "reports": "hedgelab render",
    "test": "-m pytest",
    "record": "hedgelab record",
    "bench": "benchmarks/run.py",
    "lint": "lint-imports",
    "clean": "rm -rf",
}
MAX_FILE, MAX_PUBLIC = 350, 44  # names: modules, rules, and what both are used with
PACKAGE_FILES = sorted((ROOT / "hedgelab").rglob("*.py"))


def requirements(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["dependencies"]]
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def committed_files() -> list[Path]:
    """Return what git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [path for path in (ROOT / name for name in listed) if path.is_file()]


# --- bounds, lock, environment ---


def test_every_requirement_has_a_lower_and_an_upper_bound() -> None:
    operators = {
        name: {s.operator for s in r.specifier}
        for name, r in requirements(*LOCKED_EXTRAS, "live").items()
    }
    assert {name for name, found in operators.items() if found != {">=", "<"}} == set()


def test_environment_has_the_bounds_of_pyproject() -> None:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    named = {e for e in entries if isinstance(e, str)} - {"pip"}
    conda = {r.name: r.specifier for r in map(Requirement, named)}
    conda = {canonicalize_name(CONDA_NAMES.get(name, name)): s for name, s in conda.items()}
    wanted = {name: r.specifier for name, r in requirements(*LOCKED_EXTRAS).items()}
    assert conda == wanted | {"python": Requirement(f"x{PROJECT['requires-python']}").specifier}
    assert entries[-1] == {"pip": ["-e ."]}


def test_lock_pins_every_requirement_within_its_bounds() -> None:
    pins: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.+!-]+)", LOCK, re.M):
        pins.setdefault(canonicalize_name(name), []).append(version)
    for name, requirement in requirements(*LOCKED_EXTRAS).items():
        assert pins.get(name), f"{name} is not in the lock; run `make lock`"
        assert all(requirement.specifier.contains(version) for version in pins[name]), name
    (backend,) = map(Requirement, SETTINGS["build-system"]["requires"])
    assert backend.name in pins, "linking the project would need the network"


def test_lock_has_a_hash_for_every_pin_and_no_address() -> None:
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 100
    hashed = re.compile(r"[\w.-]+==\S+.*\\\n +--hash=sha256:")
    assert [e.split()[0] for e in entries if not hashed.match(e)] == []
    assert not re.search(r"://|index-url|find-links|^\s*#", LOCK, re.M)


def test_every_imported_package_is_declared() -> None:
    # parquet is asked for by name where it is used; what only dev names is not there for a user
    declared = set(requirements("parquet"))
    owners = packages_distributions()
    for path in PACKAGE_FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for top in {name.split(".")[0] for name in names}:
                if top == "hedgelab" or top in sys.stdlib_module_names:
                    continue
                found = {canonicalize_name(owner) for owner in owners.get(top, [top])}
                assert found & declared, f"{path.name} imports {top}, which pyproject does not name"


# --- make ---


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    shown = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert TARGETS[target] in shown
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)
    assert phony is not None
    assert target in phony[1].split()


def test_lint_runs_all_five_tools_and_forgives_none() -> None:
    recipe = re.search(r"^lint: \$\(READY\)\n((?:\t.*\n)+)", MAKEFILE, re.M)
    assert recipe is not None
    tools = ("ruff check .", "ruff format --check .", "mypy", "lint-imports", "codespell")
    assert recipe[1].splitlines() == [f"\t@$(VENV)/bin/{tool}" for tool in tools]


def test_ci_runs_four_targets_and_forgives_none() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert "set -euo pipefail" in lines
    wanted = [f"timed make {target}" for target in ("setup", "lint", "reports", "test")]
    assert [line for line in lines if "timed make" in line] == wanted


def test_every_warning_is_an_error() -> None:
    assert SETTINGS["tool"]["pytest"]["ini_options"]["filterwarnings"] == ["error"]


class Desk:
    """A folder with the Makefile and a PATH on which only chosen Pythons stand."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder / "project", folder / "bin"
        self.folder.mkdir()
        self.bin.mkdir()
        for name in ("Makefile", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / name, self.folder)
        for tool in ("sh", "cat", "cksum", "cut", "touch", "mkdir", "cp", "make"):
            (self.bin / tool).symlink_to(str(shutil.which(tool)))

    def command(self, name: str, *lines: str) -> None:
        path = self.bin / name
        path.write_text("\n".join(["#!/bin/sh", *lines]) + "\n", encoding="utf-8")
        path.chmod(0o755)

    def python(self, name: str, *, works: bool = True, has_pip: bool = True) -> None:
        """Put a stand-in for an interpreter on the PATH."""
        if not works:
            self.command(name, f'echo "{name}: command not found" >&2', "exit 127")
            return
        self.command(
            name,
            'echo "$@" >> calls',
            'case "$*" in',
            '  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;',
            f'  *"-m ensurepip"*) exit {0 if has_pip else 1} ;;',
            "esac",
        )

    def make(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "setup"],
            cwd=self.folder,
            env={"PATH": str(self.bin)},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_shim_that_does_not_run_is_passed_over(desk: Desk) -> None:
    desk.python("python3.13", works=False)
    desk.python("python3.12")
    desk.python("python3.11")
    done = desk.make()
    assert done.returncode == 0, done.stderr
    assert "with python3.12 (" in done.stdout


def test_set_up_happens_once(desk: Desk) -> None:
    desk.python("python3")
    assert desk.make().returncode == 0
    calls = (desk.folder / "calls").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in calls
    assert "--no-build-isolation --no-deps -e ." in calls
    assert desk.make().returncode == 0
    assert (desk.folder / "calls").read_text(encoding="utf-8") == calls


def test_a_changed_setting_links_anew_and_installs_nothing(desk: Desk) -> None:
    desk.python("python3")
    desk.make()
    (desk.folder / "calls").unlink()
    with (desk.folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    assert desk.make().returncode == 0
    assert "requirements.lock" not in (desk.folder / "calls").read_text(encoding="utf-8")


def test_no_python_is_one_clear_line(desk: Desk) -> None:
    done = desk.make()
    assert done.returncode != 0
    assert "no Python 3.11, 3.12 or 3.13 found" in done.stderr.splitlines()[0]


def test_no_ensurepip_is_one_clear_line(desk: Desk) -> None:
    desk.python("python3.12", has_pip=False)
    done = desk.make()
    assert done.returncode != 0
    assert "apt install python3.12-venv" in done.stderr.splitlines()[0]


def test_uv_is_used_when_present_and_pip_when_it_fails(desk: Desk) -> None:
    desk.python("python3")
    desk.command("uv", 'echo "uv $*" >> calls', "exit 1")
    assert desk.make().returncode == 0
    calls = (desk.folder / "calls").read_text(encoding="utf-8")
    assert "uv pip install --quiet --python .venv/bin/python --require-hashes" in calls
    assert "-m pip install --quiet" in calls


# --- habits ---


def test_what_make_builds_is_ignored_and_what_is_written_is_not() -> None:
    built = [".venv/x", "reports/index.html", "reports/base/01.html", "hedgelab/__pycache__/x.pyc"]
    written = ["reports/parameters/small-account.yaml", "notebooks/01.ipynb", "requirements.lock"]
    shown = subprocess.run(
        ["git", "check-ignore", "--no-index", *built, *written],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert shown == built


def test_readme_and_ci_use_the_same_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("make reports", "make test"):
        assert command in readme
        assert command in ci
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_no_check_is_switched_off() -> None:
    for name in (".ci/run", "Makefile", ".pre-commit-config.yaml", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"\|\| true|--nbval-lax|nbstripout|--exit-zero|continue-on", text)


def test_floors_are_kept() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_import_is_light() -> None:
    code = "import sys, hedgelab; print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert not {"numba", "pandas", "matplotlib", "papermill"} & set(shown.split())


def test_public_surface_is_small() -> None:
    import hedgelab

    assert 0 < len(hedgelab.__all__) <= MAX_PUBLIC
    assert all(hasattr(hedgelab, name) for name in hedgelab.__all__)


def code_lines(text: str) -> int:
    """Count lines that hold code: no blanks, no comments, no docstrings."""
    lines: set[int] = set()
    layout = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    before = tokenize.INDENT
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER):
            continue
        docstring = token.type == tokenize.STRING and before in layout
        if token.type not in layout and not docstring:
            lines.update(range(token.start[0], token.end[0] + 1))
        before = token.type
    return len(lines)


def test_code_lines_are_counted_without_words() -> None:
    # by hand: the def, the return over two lines
    lines = ['"""Doc."""', "", "", "def f():", '    """Doc."""', "    # why", "    return (", "1)"]
    assert code_lines("\n".join(lines)) == 3


def test_no_file_is_longer_than_a_room() -> None:
    counts = {path: code_lines(path.read_text(encoding="utf-8")) for path in PACKAGE_FILES}
    assert len(counts) > 20
    assert {path.name: count for path, count in counts.items() if count > MAX_FILE} == {}


def test_no_file_names_a_machine_a_package_host_or_a_neighbour() -> None:
    hosts = [".".join(p) for p in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
    machine = [f"{folder}/" for folder in (ROOT, Path.home()) if len(folder.parts) > 1]
    for path in committed_files():
        if path.suffix in {".gz", ".png", ".parquet"}:
            continue
        text = path.read_text(encoding="utf-8")
        named = [word for word in (*hosts, *machine) if word in text]
        assert named == [], f"{path.relative_to(ROOT)} names {named}"
        if path.relative_to(ROOT).parts[0] != "tests":
            assert "../" + "shared" not in text, path.name


def test_what_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(links) >= 4
    assert not [link for link in links if not (ROOT / link).exists()]
