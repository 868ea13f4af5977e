"""Clouds: destinations of exports, and galleries that are exported. Facts: `cloud` is the destination's
name."""

from __future__ import annotations

import time

from app.domain.errors.files import SourceChanged
from app.domain.errors.root import EXIT_TOKEN, EXIT_UNREACHABLE, EXIT_USAGE, ReelkeyError, size_words
from app.domain.words import N_, tr

_HALF_A_DAY = 12 * 3600


class CloudError(ReelkeyError):
    code = "cloud"


class CloudUnreachable(CloudError):
    """No answer, or one of a server that is ill. `retry_after`: seconds it asks for, where it does."""

    code = "cloud_unreachable"
    exit_code = EXIT_UNREACHABLE
    retry = True
    title_key = N_("{cloud} can't be reached")
    message_key = N_("It does not answer: {reason}")
    hint_key = N_("Check the network; what was sent is kept, and it goes on by itself")


class CloudBusy(CloudError):
    """Too many requests: it goes on after a while. `retry_after`: seconds it asks for, where it does.
    `perhaps`: the allowance (`AllowanceUsed.what`, with its `limit`) that it is if it lasts."""

    code = "cloud_busy"
    retry = True
    title_key = N_("{cloud} asks us to slow down")
    message_key = N_("Too much was asked in a short time")
    hint_key = N_("Nothing to do: it goes on by itself")


class CloudAnswerUnclear(CloudError):
    code = "cloud_answer"
    retry = True
    title_key = N_("The answer from {cloud} is not understood")
    message_key = N_("{reason}. A network sign-in page or proxy may be in the way")
    hint_key = N_("Try again later; what was sent is kept")


class CloudRefused(CloudError):
    """A definite no. `text` is the cloud's own, `status` its number."""

    code = "cloud_refused"
    title_key = N_("{cloud} refused this step")
    message_key = N_("It says: “{text}” ({status})")
    hint_key = N_("Look at the account in the browser; then retry")


class SignInExpired(CloudError):
    code = "cloud_sign_in_expired"
    exit_code = EXIT_TOKEN
    retry = True
    title_key = N_("Sign-in to {cloud} has expired")
    message_key = N_("It was ended there or is too old; what was sent is kept")
    hint_key = N_("Sign in to this account again")


class SignInRefused(CloudError):
    code = "cloud_sign_in_refused"
    exit_code = EXIT_TOKEN
    title_key = N_("{cloud} did not sign you in")
    message_key = N_("{reason}")
    hint_key = N_("Check what you entered and sign in again")


class CloudFull(CloudError):
    """No room in the account. `need` in bytes, where it is known."""

    code = "cloud_full"
    retry = True
    title_key = N_("There is no room in this {cloud} account")
    message_key = N_("{need} are still to be sent and do not fit; what was sent is kept")
    hint_key = N_("Free some room there or choose another account; then retry")

    @property
    def message(self) -> str:
        return tr(self.message_key, **{**self.facts, "need": size_words(self.facts.get("need")) or "?"})


class AllowanceUsed(CloudError):
    """The account's allowance is used up: `what` is ``day`` (so much may be sent a day; `limit` in bytes,
    where it is known) or ``transfer`` (sent and fetched together, in some hours). `retry_after`: seconds
    until it is renewed, where the cloud says so; `until`: when the next try is, in seconds since 1970."""

    code = "cloud_allowance"
    retry = True
    title_key = N_("Today's allowance of {cloud} is used up")
    message_key = N_("{cloud} lets an account send only so much in a time; what was sent is kept")
    hint_key = N_("It goes on by itself when there is a new allowance")
    _transfer_key = N_("The transfer allowance of {cloud} is used up")
    _day_key = N_("{cloud} takes {limit} a day from one account; what was sent is kept")
    _until_key = N_("It goes on by itself; the next try is at {time}")

    @property
    def title(self) -> str:
        is_transfer = self.facts.get("what") == "transfer"
        return tr(self._transfer_key if is_transfer else self.title_key, **self.facts)

    @property
    def message(self) -> str:
        limit = size_words(self.facts.get("limit"))
        return tr(self._day_key, **{**self.facts, "limit": limit}) if limit else super().message

    @property
    def hint(self) -> str:
        until = self.facts.get("until")
        if not isinstance(until, int | float) or until <= time.time():
            return super().hint
        form = "%H:%M" if until - time.time() < _HALF_A_DAY else "%Y-%m-%d %H:%M"
        return tr(self._until_key, time=time.strftime(form, time.localtime(until)))


class FolderGone(CloudError):
    """A folder that was there is no longer, or lies in the trash: another is looked for or made."""

    code = "cloud_folder_gone"
    retry = True
    title_key = N_("The folder at {cloud} is gone")
    message_key = N_("It was removed there while files were sent into it; what was sent is kept")
    hint_key = N_("Retry: it is made anew")


class ChangedWhileSent(SourceChanged):
    """A file of an export that is no longer what it was when its sending began."""

    code = "changed_while_sent"
    title_key = N_("This file changed while it was sent")
    message_key = N_("{path}: stopped, so that no mixture of two versions stands at the cloud")
    hint_key = N_("Retry when nothing writes into it any more")


class UploadLost(CloudError):
    """The cloud no longer knows the upload: it begins anew."""

    code = "cloud_upload_lost"
    retry = True
    title_key = N_("{cloud} has dropped what was sent so far")
    message_key = N_("The upload was too old or was ended there")
    hint_key = N_("Retry: this file is sent from its beginning")


class NotTheSame(CloudError):
    """After sending, size or hash at the destination differ from ours."""

    code = "cloud_not_the_same"
    retry = True
    title_key = N_("What arrived at {cloud} is not what was sent")
    message_key = N_("{name}: its {what} there is another; the copy there was removed")
    hint_key = N_("Retry: this file is sent again")


class TooLargeForCloud(CloudError):
    code = "cloud_too_large"
    title_key = N_("This file is too large for {cloud}")
    message_key = N_("It has {size}; {cloud} takes up to {limit}")
    hint_key = N_("Choose another destination")

    @property
    def message(self) -> str:
        sizes = {name: size_words(self.facts.get(name)) for name in ("size", "limit")}
        return tr(self.message_key, **{**self.facts, **sizes})


class GalleryRefused(CloudError):
    """A gallery's address or list that can't be used."""

    code = "gallery_refused"
    title_key = N_("This gallery can't be read")
    message_key = N_("{reason}")
    hint_key = N_("Copy the gallery's archive address again from its page")


class PhotoNotWhole(CloudError):
    """A photo whose size or CRC-32 differ from the gallery's list, or that the gallery does not give."""

    code = "photo_not_whole"
    retry = True
    title_key = N_("This photo could not be fetched whole")
    message_key = N_("{name}: {reason}")
    hint_key = N_("Retry; if it stays so, tell the gallery's photographer")


class OptionRefused(CloudError):
    code = "cloud_option"
    exit_code = EXIT_USAGE
    title_key = N_("This option can't have that value")
    message_key = N_("{option}: {reason}")
    hint_key = N_("reelkey cloud destinations shows all options")


class UnknownCloud(CloudError):
    code = "cloud_unknown"
    exit_code = EXIT_USAGE
    title_key = N_("There is no such destination")
    message_key = N_("{name} is not known")
    hint_key = N_("reelkey cloud destinations shows all of them")


class UnknownAccount(CloudError):
    code = "cloud_account_unknown"
    exit_code = EXIT_USAGE
    title_key = N_("There is no such account here")
    message_key = N_("{account} is not signed in, or more than one is")
    hint_key = N_("reelkey cloud status lists the accounts; reelkey cloud login adds one")


class UnknownExport(CloudError):
    code = "export_unknown"
    exit_code = EXIT_USAGE
    title_key = N_("There is no such export here")
    message_key = N_("{export} is not in the journal of this profile")
    hint_key = N_("reelkey cloud status lists what there is")
