"""The endpoints, letter for letter as the document has them.

`pbulic` is how the server spells it, and the private report alone has no slash at its end. A request is
looked at in the order in which Django REST framework does it: address, token, right, method, task, form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response, Security
from fastapi.security import APIKeyHeader

from sandbox.task_server import reports, rules, schemas
from sandbox.task_server.accounts import BUYER, SELLER, Accounts, User, need_role
from sandbox.task_server.answers import envelope
from sandbox.task_server.fields import Form
from sandbox.task_server.forms import read_form
from sandbox.task_server.store import Store
from sandbox.task_server.tasks import Tasks

ME = "/api/v1/users/me/"
UPLOADS = "/api/v1/tasks/upload/pbulic/"
UPLOAD = "/api/v1/tasks/upload/pbulic/{task_id:int}/"
DOWNLOADS = "/api/v1/tasks/download/"
DOWNLOAD = "/api/v1/tasks/download/{task_id:int}/"
RELEASES = "/api/v1/tasks/upload/private/"
RELEASE = "/api/v1/tasks/upload/private/{task_id:int}"

TaskId = Annotated[int, Path(ge=1, le=2**63 - 1)]
# auto_error off: the header is declared for the OpenAPI, and judged by `Accounts.of_request`.
_SCHEME = APIKeyHeader(name="Token", auto_error=False, description="Arrives in Django as HTTP_TOKEN")
router = APIRouter(dependencies=[Security(_SCHEME)])


@dataclass(frozen=True)
class Services:
    """What the endpoints work on; lives in ``app.state.services``."""

    store: Store
    accounts: Accounts
    tasks: Tasks


# Dependencies are coroutines, since FastAPI runs plain functions in other threads and the store has one.
async def services(request: Request) -> Services:
    return services_of(request)


def services_of(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


async def seller(request: Request) -> User:
    return _user(request, SELLER)


async def buyer(request: Request) -> User:
    return _user(request, BUYER)


def _user(request: Request, role: str) -> User:
    user = services_of(request).accounts.of_request(request.headers)
    need_role(user, role)
    return user


Seller = Annotated[User, Depends(seller)]
Buyer = Annotated[User, Depends(buyer)]
Here = Annotated[Services, Depends(services)]


async def _form(request: Request) -> Form:
    return await read_form(request.headers, await request.body())


@router.get(ME, responses=schemas.answers(schemas.USER) | schemas.NO_SUCH_PAGE)
async def who_am_i(request: Request, here: Here) -> Response:
    """The user of the token. Undocumented on the real server, so the address can be switched off."""
    if not here.store.settings.me:
        raise HTTPException(404)
    user = here.accounts.of_request(request.headers)
    data: dict[str, Any] = {
        "id": user.id,
        "username": user.name,
        "name": user.name,
        "company": user.company,
        "roles": list(user.roles),
    }
    return envelope(data)


@router.post(
    UPLOADS,
    responses=schemas.answers(schemas.TASK, form=True, created=True),
    openapi_extra=schemas.form_body(schemas.NEW_UPLOAD_FORM),
)
async def create_upload(request: Request, here: Here, user: Seller) -> Response:
    """Create an upload task: 201, and 200 with the same task for a uuid that was sent before."""
    new = reports.read_new_upload(await _form(request))
    data, is_new = here.tasks.create_upload(user, new)
    return envelope(data, status=201 if is_new else 200)


@router.patch(
    UPLOAD,
    responses=schemas.answers(schemas.TASK, form=True, task=True),
    openapi_extra=schemas.form_body(schemas.BLOCK_REPORT_FORM),
)
async def report_upload(request: Request, here: Here, user: Seller, task_id: TaskId) -> Response:
    """Report on a public block."""
    here.tasks.owned(rules.UPLOAD, user, task_id)
    report = reports.read_block_report(await _form(request))
    # Read again: while the form came in, another report may have been answered.
    return envelope(here.tasks.report_upload(here.tasks.owned(rules.UPLOAD, user, task_id), report))


@router.get(
    DOWNLOADS,
    responses=schemas.answers(schemas.DOWNLOAD_TASK, form=True, task=True),
    openapi_extra={"parameters": [schemas.SOURCE_ID_PARAMETER]},
)
async def create_download(request: Request, here: Here, user: Buyer) -> Response:
    """Create a download task, with a GET as the document has it; `source_id` stands in the query."""
    source_id = reports.read_source_id(dict(request.query_params))
    return envelope(here.tasks.create_download(user, source_id))


@router.get(DOWNLOAD, responses=schemas.answers(schemas.DOWNLOAD_TASK, task=True))
async def read_download(here: Here, user: Buyer, task_id: TaskId) -> Response:
    """Read a download task: is the private block there?"""
    return envelope(here.tasks.read_download(here.tasks.owned(rules.DOWNLOAD, user, task_id)))


@router.patch(
    DOWNLOAD,
    responses=schemas.answers(schemas.DOWNLOAD_TASK, form=True, task=True),
    openapi_extra=schemas.form_body(schemas.REPORT_FORM),
)
async def report_download(request: Request, here: Here, user: Buyer, task_id: TaskId) -> Response:
    """Report on a download."""
    here.tasks.owned(rules.DOWNLOAD, user, task_id)
    report = reports.read_report(await _form(request))
    return envelope(here.tasks.report_download(here.tasks.owned(rules.DOWNLOAD, user, task_id), report))


@router.get(RELEASES, responses=schemas.answers({"type": "array", "items": schemas.TASK}, meta=True))
async def list_releases(here: Here, user: Seller) -> Response:
    """List the private blocks due."""
    meta = {"status_choices": rules.RELEASE_CHOICES}
    return envelope(here.tasks.list_releases(user), meta=meta)


@router.patch(
    RELEASE,
    responses=schemas.answers(schemas.TASK, form=True, task=True),
    openapi_extra=schemas.form_body(schemas.BLOCK_REPORT_FORM),
)
async def report_release(request: Request, here: Here, user: Seller, task_id: TaskId) -> Response:
    """Report on a private block; its hash, size and name are those of the private block."""
    here.tasks.owned(rules.RELEASE, user, task_id)
    report = reports.read_block_report(await _form(request))
    return envelope(here.tasks.report_release(here.tasks.owned(rules.RELEASE, user, task_id), report))
