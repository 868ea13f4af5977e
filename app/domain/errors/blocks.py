"""Public and private blocks, and what opens them."""

from __future__ import annotations

from app.domain.errors.root import ReelkeyError
from app.domain.words import N_


class BlockError(ReelkeyError):
    code = "block"


class NotABlock(BlockError):
    code = "not_a_block"
    title_key = N_("This file is no block of Reelkey")
    message_key = N_("{path} starts otherwise than a public or private block")
    hint_key = N_("Choose a .rkpub or .rkkey file")


class WrongUuid(BlockError):
    code = "wrong_uuid"
    title_key = N_("The library's permission does not open it")
    message_key = N_("Film and permission don't belong together")
    hint_key = N_("Contact the library")


class WrongPair(BlockError):
    code = "wrong_pair"
    title_key = N_("This private block is for another film")
    message_key = N_("It belongs to another sending")
    hint_key = N_("Look for the private block that was kept with this film")


class NewerFormat(BlockError):
    code = "newer_format"
    title_key = N_("Made by a newer Reelkey")
    message_key = N_("It needs a newer Reelkey ({what})")
    hint_key = N_("Update, then go on")


class Damaged(BlockError):
    """Cut, flipped, spliced, reordered: anything that is not one of the named cases."""

    code = "damaged"
    retry = True
    title_key = N_("Film data failed its check")
    message_key = N_("{what} is not as it was sealed; no film was written")
    hint_key = N_("Fetch that part again, or ask for a new release")


class UuidRefused(BlockError):
    """The task carries no uuid, or one that is no text: nothing can be sealed or opened with it."""

    code = "uuid_refused"
    title_key = N_("The library gave no permission for this film")
    message_key = N_("The task's uuid is empty or unreadable")
    hint_key = N_("Contact the library")
