"""Films, folders and disks."""

from __future__ import annotations

from app.domain.errors.root import EXIT_USAGE, ReelkeyError, size_words
from app.domain.words import N_, tr


class FileError(ReelkeyError):
    code = "file"


class NoSpace(FileError):
    """A disk is too full. Facts: `place`, and `need` and `free` in bytes; a word where it is not known."""

    code = "no_space"
    retry = True
    title_key = N_("Not enough room on {place}")
    message_key = N_("Needs {need}, {free} free; nothing is lost")
    hint_key = N_("Free some room or choose another place")
    _missing_key = N_("Free {missing} or choose another place")
    _was_full_key = N_("The disk was full; {free} are free now; nothing is lost")

    @property
    def missing(self) -> int | None:
        """Bytes that are missing; 0 or less where the room was found again since; None where not known."""
        need, free = self.facts.get("need"), self.facts.get("free")
        return need - free if isinstance(need, int) and isinstance(free, int) else None

    @property
    def said_key(self) -> str:
        """The message's key: a need is named only where it is more than what is free."""
        return self._was_full_key if self.missing is not None and self.missing <= 0 else self.message_key

    @property
    def message(self) -> str:
        sizes = {name: size_words(self.facts.get(name)) for name in ("need", "free")}
        return tr(self.said_key, **{**self.facts, **sizes})

    @property
    def hint(self) -> str:
        if self.missing is not None and self.missing > 0:
            return tr(self._missing_key, missing=size_words(self.missing))
        return tr(self.hint_key)


class SourceGone(FileError):
    code = "source_gone"
    retry = True
    title_key = N_("The film is gone")
    message_key = N_("{path} is missing, perhaps a drive is unplugged")
    hint_key = N_("Connect it and go on")


class BlockFolderGone(FileError):
    """Where an unfinished private block lay. What stands on another drive comes back with it."""

    code = "block_folder_gone"
    retry = True
    title_key = N_("The private block's folder is gone")
    message_key = N_("{path} is missing, perhaps a drive is unplugged; nothing is lost")
    hint_key = N_("Connect it and go on")


class SourceChanged(FileError):
    code = "source_changed"
    retry = True
    title_key = N_("The film changed while it was sealed")
    message_key = N_("{path}: stopped, so that no wrong film goes out")
    hint_key = N_("Send it when it is finished")


class SourceGrowing(FileError):
    code = "source_growing"
    retry = True
    title_key = N_("The film is still being written")
    message_key = N_("{path} grew while it was looked at")
    hint_key = N_("Send it when it is finished")


class SourceUnreadable(FileError):
    code = "source_unreadable"
    retry = True
    title_key = N_("This file can't be read")
    message_key = N_("{path}: access refused, or the disk is failing ({reason})")
    hint_key = N_("Check rights or use another copy")


class TargetUnwritable(FileError):
    code = "target_unwritable"
    retry = True
    title_key = N_("This folder can't be written")
    message_key = N_("{path}: {reason}")
    hint_key = N_("Choose another folder")


class IsPackage(FileError):
    code = "is_package"
    exit_code = EXIT_USAGE
    title_key = N_("This folder is a package")
    message_key = N_("{path}: DCP, IMF and numbered frames can't be sent in pieces")
    hint_key = N_("Pack it into one file, then send that")


class NoFilms(FileError):
    code = "no_films"
    exit_code = EXIT_USAGE
    title_key = N_("No films found")
    message_key = N_("{path} holds no film that Reelkey knows")
    hint_key = N_("reelkey settings get films shows the endings it looks for")


class TooManyFiles(FileError):
    """A folder holds so much that nobody waits for it to be looked through. `most` is the bound, worded."""

    code = "too_many_files"
    exit_code = EXIT_USAGE
    title_key = N_("This folder holds too much")
    message_key = N_("{path} holds more than {most} files")
    hint_key = N_("Choose a folder nearer to the films")


class TooManyFilms(TooManyFiles):
    message_key = N_("{path} holds more than {most} films")


class PathMissing(FileError):
    code = "path_missing"
    exit_code = EXIT_USAGE
    title_key = N_("There is nothing at this path")
    message_key = N_("{path} does not exist")
    hint_key = N_("Check the path; perhaps a drive is unplugged")


class NameRefused(FileError):
    code = "name_refused"
    title_key = N_("This name can't be used")
    message_key = N_("{name}: {reason}")
    hint_key = N_("Rename it and try again")


class FilmTooLarge(FileError):
    code = "film_too_large"
    title_key = N_("This film is too large")
    message_key = N_("It has {size}; up to {limit} can be sealed")
    hint_key = N_("Split the film")

    @property
    def message(self) -> str:
        return tr(self.message_key, **{name: size_words(value) for name, value in self.facts.items()})
