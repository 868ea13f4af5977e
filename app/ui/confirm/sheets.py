"""Which question belongs to which request."""

from __future__ import annotations

from app.ui.confirm.base import RequestSheet
from app.ui.confirm.download import DownloadSheet
from app.ui.confirm.sign_in import SignInSheet
from app.ui.confirm.upload import UploadSheet
from app.ui.context import Context
from app.ui.messages import Request

_SHEETS: dict[str, type[RequestSheet]] = {
    "upload": UploadSheet,
    "download": DownloadSheet,
    "private": SignInSheet,
}


def sheet_for(context: Context, request: Request) -> RequestSheet:
    """The question for a request."""
    return _SHEETS[request.action](context, request)
