"""The task server."""

from __future__ import annotations

from app.domain.errors.root import EXIT_TOKEN, EXIT_UNREACHABLE, ReelkeyError
from app.domain.words import N_


class ServerError(ReelkeyError):
    code = "server"


class ServerUnreachable(ServerError):
    code = "server_unreachable"
    exit_code = EXIT_UNREACHABLE
    retry = True
    title_key = N_("The library can't be reached")
    message_key = N_("{server} does not answer: {reason}")
    hint_key = N_("Check the network; what is done is kept, reports follow later")


class ServerAnswerUnclear(ServerError):
    """A 2xx without the envelope (a proxy's page), or a needed field of the wrong type."""

    code = "server_answer"
    retry = True
    title_key = N_("The answer from the library is not understood")
    message_key = N_("{reason}. A network sign-in page or proxy may be in the way")
    hint_key = N_("Open the library in the browser")


class TokenRefused(ServerError):
    code = "token_refused"
    exit_code = EXIT_TOKEN
    retry = True
    title_key = N_("Sign-in has expired")
    message_key = N_("All progress is kept, only reports can't be sent. {text}")
    hint_key = N_("Press the button on the site again")


class ServerRefused(ServerError):
    """A 4xx: `status`, the server's own `text`, and its field errors."""

    code = "server_refused"
    title_key = N_("The library refused this step")
    message_key = N_("It says: “{text}” ({status})")
    hint_key = N_("Send this to the library's support")


class NotOffered(ServerError):
    """The task names no public block that could be fetched."""

    code = "not_offered"
    retry = True
    title_key = N_("This film is not on offer yet")
    message_key = N_("The library names no public block for {source_name} ({reason})")
    hint_key = N_("Ask the seller whether the film was sent; then try again")


class ServerRedirected(ServerError):
    code = "server_redirected"
    title_key = N_("The library points elsewhere")
    message_key = N_("{server} answered with a redirect ({status}); a report would lose its content")
    hint_key = N_("Set the library's final address, with https:// and without a path")
