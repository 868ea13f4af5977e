"""The description that the stand-in gives of itself is true: schemathesis asks it many odd things."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sandbox.task_server.testing import RunningServer
from tests.contract.sandbox.library import BLOCK, Library

TOKEN = "both-roles-0001"
# What is valid by its form can still be a move that the task's state forbids (400): that check can't hold.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,ignored_auth,unsupported_method"
)
OPERATIONS = {
    "PATCH /api/v1/tasks/upload/pbulic/{task_id}/": "upload",
    "PATCH /api/v1/tasks/download/{task_id}/": "download",
    "GET /api/v1/tasks/download/{task_id}/": "download",
    "PATCH /api/v1/tasks/upload/private/{task_id}": "release",
}


def run_schemathesis(server: RunningServer, config: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("st")),
            f"--config-file={config}",
            "run",
            f"{server.url}/openapi.json",
            "--no-color",
            f"--header=Token: {TOKEN}",
            f"--checks={CHECKS}",
            "--generation-deterministic",
            *options,
        ],
        cwd=config.parent,
        env=os.environ | {"NO_PROXY": "*", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def seeded(server: RunningServer) -> dict[str, int]:
    """A task of each kind, all of one user who may do everything; their ids."""
    library = Library(server)
    source = server.control.add_source(
        source_name="a.mov", uuid="u", hash=BLOCK["hash"], size=1, owner="both"
    )
    download = library.download(source["source_id"], token=TOKEN).data
    library.close()
    release = server.control.tasks("release")[0]
    return {"upload": source["id"], "download": download["id"], "release": release["id"]}


def test_schemathesis_finds_no_untruth(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data", tokens=[f"seller+buyer=both:{TOKEN}"]) as server:
        ids = seeded(server)
        config = tmp_path / "schemathesis.toml"
        parts = [
            f'[[operations]]\ninclude-name = "{name}"\nparameters = {{ task_id = {ids[kind]} }}\n'
            for name, kind in OPERATIONS.items()
        ]
        config.write_text("\n".join(parts))
        done = run_schemathesis(server, config, "--max-examples=6", "--phases=coverage,fuzzing")
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        # It got past the doors: every kind of answer was among those that were held against the description.
        answered = {request["status"] for request in server.control.requests()}
        assert answered >= {200, 201, 400, 401, 404, 405, 415}


def test_every_endpoint_is_described(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        library = Library(server)
        described = library.ask("GET", "/openapi.json", token=None).json["paths"]
        library.close()
    assert {(method.upper(), path) for path, found in described.items() for method in found} == {
        ("GET", "/api/v1/users/me/"),
        ("POST", "/api/v1/tasks/upload/pbulic/"),
        ("PATCH", "/api/v1/tasks/upload/pbulic/{task_id}/"),
        ("GET", "/api/v1/tasks/download/"),
        ("GET", "/api/v1/tasks/download/{task_id}/"),
        ("PATCH", "/api/v1/tasks/download/{task_id}/"),
        ("GET", "/api/v1/tasks/upload/private/"),
        ("PATCH", "/api/v1/tasks/upload/private/{task_id}"),
    }
