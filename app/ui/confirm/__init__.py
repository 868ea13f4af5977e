"""Questions before anything begins: a link from the browser, or films that a person wants to send."""

from app.ui.confirm.base import RequestSheet
from app.ui.confirm.download import DownloadSheet
from app.ui.confirm.folders import choose_folder
from app.ui.confirm.sign_in import SignInSheet
from app.ui.confirm.upload import UploadSheet
from app.ui.context import Context
from app.ui.messages import Request

__all__ = ["DownloadSheet", "RequestSheet", "SignInSheet", "UploadSheet", "choose_folder", "sheet_for"]

_SHEETS: dict[str, type[RequestSheet]] = {
    "upload": UploadSheet,
    "download": DownloadSheet,
    "private": SignInSheet,
}


def sheet_for(context: Context, request: Request) -> RequestSheet:
    """The question for a request."""
    return _SHEETS[request.action](context, request)
