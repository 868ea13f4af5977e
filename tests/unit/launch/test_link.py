from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.errors import EXIT_USAGE, LinkRefused
from app.launch.link import MAX_BYTES, LinkRequest, is_link, parse_link

SERVERS = ("main", "片库")
TOKEN = "canary-3f9a"
UPLOAD = f"reelkey://upload?v=1&series_id=233&folder=%2Ffilms%2Fa&token={TOKEN}"
DOWNLOAD = f"reelkey://download?v=1&source_id=7&token={TOKEN}"
PRIVATE = f"reelkey://private?v=1&token={TOKEN}"


def upload(folder: str) -> str:
    return f"reelkey://upload?v=1&series_id=1&folder={quote(folder, safe='')}&token={TOKEN}"


def refused(link: str | bytes) -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        parse_link(link, SERVERS)
    error = caught.value
    assert error.exit_code == EXIT_USAGE
    assert error.code == "link_refused"
    assert TOKEN not in f"{error} {error!r} {error.facts} {error.as_dict()}"
    assert error.__cause__ is None
    assert error.__context__ is None  # a decoding error would carry the link's bytes along
    return error


def which(link: str | bytes) -> object:
    return refused(link).facts["which"]


def test_the_three_actions() -> None:
    assert parse_link(UPLOAD, SERVERS) == LinkRequest("upload", TOKEN, series_id=233, folder="/films/a")
    assert parse_link(DOWNLOAD, SERVERS) == LinkRequest("download", TOKEN, source_id=7)
    assert parse_link(PRIVATE.encode(), SERVERS) == LinkRequest("private", TOKEN)


def test_a_server_is_a_name_in_the_settings() -> None:
    assert parse_link(DOWNLOAD + "&server=main", SERVERS).server == "main"
    assert parse_link(DOWNLOAD + "&server=" + quote("片库"), SERVERS).server == "片库"
    assert which(DOWNLOAD + "&server=other") == "server"


@pytest.mark.parametrize("host", ["evil.example", "https%3A%2F%2Fevil.test", "main.evil.example", "MAIN", ""])
def test_a_link_cannot_switch_the_host(host: str) -> None:
    """Past case: Zoom, CVE-2022-28755."""
    assert which(f"{DOWNLOAD}&server={host}") == "server"


def test_public_holds_all_but_the_token() -> None:
    request = parse_link(UPLOAD + "&server=main", SERVERS)
    assert request.public() == {"action": "upload", "series_id": 233, "folder": "/films/a", "server": "main"}
    assert TOKEN not in repr(request)
    assert TOKEN not in str(request)
    assert parse_link(PRIVATE, SERVERS).public() == {"action": "private"}


def test_escapes_are_decoded_once_and_a_plus_is_a_plus() -> None:
    link = "reelkey://upload?v=%31&series_id=1&folder=%2Fa%2520b+c&token=a%2Bb+c"
    request = parse_link(link, SERVERS)
    assert request.folder == "/a%20b+c"
    assert request.token == "a+b+c"


def test_the_scheme_is_known_in_any_case_and_the_folder_may_be_chinese() -> None:
    request = parse_link(f"REELKEY://upload?v=1&series_id=1&folder=/仙剑奇侠传&token={TOKEN}", SERVERS)
    assert request.folder == "/仙剑奇侠传"


def test_the_whole_folder_is_handed_on_however_long() -> None:
    """Past case: a prompt that showed only the harmless beginning."""
    folder = "/films/" + "x" * 1700 + "/end"
    assert parse_link(upload(folder).replace("%2F", "/"), SERVERS).public()["folder"] == folder


def test_the_limit_of_1900_bytes_counts_bytes() -> None:
    room = MAX_BYTES - len(PRIVATE)
    assert parse_link(PRIVATE + "x" * room, SERVERS).token == TOKEN + "x" * room
    assert which(PRIVATE + "x" * (room + 1)) == "link"
    base = f"reelkey://upload?v=1&series_id=1&token={TOKEN}&folder="
    assert which(base + "片" * ((MAX_BYTES - len(base)) // 3 + 1)) == "link"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "reelkey",
        "reelkey:",
        "reelkey:upload?v=1&series_id=1&folder=/a&token=t",
        "reelkey:/private?v=1&token=t",
        " " + PRIVATE,
        "-reelkey://private?v=1&token=t",
        "http://private?v=1&token=t",
        "reelkeys://private?v=1&token=t",
        "--server=https://evil.example",
        PRIVATE + "#x",
        "reelkey://private",
        PRIVATE + "\n",
        PRIVATE + "\x00",
        "reelkey://private?v=1&to\u0085ken=t",
        PRIVATE + "\u202e",
        PRIVATE.encode() + b"\xff",
        PRIVATE + "\udcff",
        PRIVATE.encode("utf-16"),
    ],
)
def test_what_is_no_link_of_ours(link: str | bytes) -> None:
    assert which(link) == "link"


@pytest.mark.parametrize(
    "around",
    [
        "",
        "other",
        "Upload",
        "user@private",
        "user:pw@private",
        "private:80",
        "private/",
        "private/x",
        "/private",
        "%70rivate",
        "private%00",
        "upload@private",
        "--private",
    ],
)
def test_nothing_stands_around_the_action(around: str) -> None:
    assert which(f"reelkey://{around}?v=1&token={TOKEN}") == "action"


@pytest.mark.parametrize(
    "more",
    [
        "&x=1",
        "&series_id=1",  # another action's key
        "&folder=/a",
        "&V=1",
        "&%76=1",
        "&",
        "&&",
        "&=1",
        "& token=x",
        f"&{TOKEN}",  # a token with an & in it: the rest must not be quoted back
        f"&{TOKEN}=1",
        ";source_id=1&x=1",
        "&kubo-path=%2Ftmp%2Fevil",
    ],
)
def test_unknown_fields(more: str) -> None:
    assert which(DOWNLOAD + more) == "a field"


@pytest.mark.parametrize("name", ["v", "source_id", "token", "server"])
def test_repeated_missing_and_empty_fields(name: str) -> None:
    fields = {"v": "1", "source_id": "7", "token": TOKEN, "server": "main"}

    def link(values: list[tuple[str, str]]) -> str:
        return "reelkey://download?" + "&".join(f"{key}={value}" for key, value in values)

    assert parse_link(link(list(fields.items())), SERVERS)
    assert which(link([*fields.items(), (name, fields[name])])) == name
    assert which(link(list((fields | {name: ""}).items()))) == name
    assert which(link(list(fields.items())).replace(f"{name}={fields[name]}", name)) == name
    if name != "server":
        assert which(link([pair for pair in fields.items() if pair[0] != name])) == name


@pytest.mark.parametrize("length", range(len("reelkey://"), len(UPLOAD) - len(TOKEN) + 1))
def test_a_truncated_link_is_refused(length: int) -> None:
    refused(UPLOAD[:length])


@pytest.mark.parametrize("version", ["0", "2", "01", "1.0", "+1", "1 ", "١", "%C2%B9"])
def test_the_version_is_exactly_1(version: str) -> None:
    assert which(DOWNLOAD.replace("v=1", f"v={version}")) == "v"


@pytest.mark.parametrize(
    "number", ["-1", "+1", "1.0", "1e3", "0x1", "1_0", " 1", "1 ", "１", "²", "12345678901234567", "a"]
)
def test_ids_are_1_to_16_ascii_digits(number: str) -> None:
    assert which(f"reelkey://download?v=1&source_id={quote(number)}&token={TOKEN}") == "source_id"
    assert which(f"reelkey://upload?v=1&series_id={quote(number)}&folder=/a&token={TOKEN}") == "series_id"


def test_the_largest_id() -> None:
    assert parse_link(DOWNLOAD.replace("=7", "=" + "9" * 16), SERVERS).source_id == 10**16 - 1


@pytest.mark.parametrize("escape", ["%", "%4", "%zz", "%u0041", "%c0%ae", "%ff", "%ed%a0%80", "%4%31"])
def test_broken_escapes_and_text(escape: str) -> None:
    assert which(f"reelkey://private?v=1&token={TOKEN}{escape}") == "token"
    assert which(f"reelkey://upload?v=1&series_id=1&token={TOKEN}&folder=/a{escape}-b") == "folder"


@pytest.mark.parametrize("mark", ["%00", "%0a", "%0d%0a", "%1f", "%7f", "%c2%85", "%e2%80%ae", "%e2%80%a8"])
def test_control_characters_and_bidi_marks(mark: str) -> None:
    assert which(f"reelkey://private?v=1&token={TOKEN}{mark}") == "token"
    assert which(f"reelkey://upload?v=1&series_id=1&token={TOKEN}&folder=/a{mark}b") == "folder"


@pytest.mark.parametrize("token", ["%20x", "x%20", "%E7%89%87", "%C3%A9"])
def test_a_token_is_what_a_header_can_hold(token: str) -> None:
    assert which(f"reelkey://private?v=1&token={token}") == "token"


@pytest.mark.parametrize(
    "folder",
    [
        r"\\evil.example\share",  # past cases: WPS CVE-2024-7262, Slack 2019
        "//evil.example/share",
        r"\\?\C:\films",
        r"\\.\PhysicalDrive0",
        r"\\?\UNC\evil.example\share",
        "//?/C:/films",
        r"\??\C:\films",
        "/??/C:/films",
        r"\\evil.example@SSL\share",
        r"C:\films\\x",
        "/films//x",
        "smb://evil.example/share",
        "file:////evil.example/share",
        r"/\evil.example\share",
        r"\/evil.example/share",
        r"C:\films/x",
        "/films\\x",
        "..",
        "../x",
        "/films/../etc",
        r"C:\films\..\Windows",
        "C:..",
        "/films/.. /x",
        "/films/.../x",
        "/films/.. .",
        "NUL",
        "nul.mov",
        "/films/CON",
        "/films/con.txt/x",
        r"C:\films\COM1",
        "COM¹.mov",
        "/films/LPT².x.y",
        "C:NUL",
        "x:COM3",
        "films:COM3",
        "aux ",
        "/films/PRN .mov",
        "CONIN$",
        "Movies",
        ".",
        "./films",
        "a/b",
        r"\films",
        "D:",
        "D:films",
        "~other/films",
        "~films",
        "--help",  # option injection, VS Code
    ],
)
def test_folders_that_are_refused_before_the_disk_is_asked(folder: str) -> None:
    assert which(upload(folder)) == "folder"


@pytest.mark.parametrize(
    "folder",
    [
        "/",
        "/Volumes/RAID/仙剑奇侠传",
        r"D:\Films\仙剑奇侠传",
        "D:\\",
        "C:/films/a b",
        "/films/a..b",
        "/films/.hidden",
        "/./films",
        "/films/console",
        "/-rf",
        "/$(reboot)",
        "~",
        "~/x",
        r"~\x",
        "/what?",
        "/100%",
        "/a&b=c#d",
    ],
)
def test_folders_that_are_only_odd_are_handed_on_as_they_are(folder: str) -> None:
    assert parse_link(upload(folder), SERVERS).folder == folder


def test_what_is_meant_as_a_link() -> None:
    assert is_link("reelkey:")
    assert is_link("ReelKey://x")
    assert not is_link("--reelkey://x")
    assert not is_link("reelkeys://x")


PIECES = st.sampled_from(
    [
        *("reelkey://", "upload", "download", "private", "?", "&", "=", "v=1", "token=", "series_id="),
        *("source_id=", "folder=", "server="),
        *("%", "%00", "%2f", "..", "\\", "/", "1", "main", TOKEN, "\u202e", "\udcff", "#", "@"),
    ]
)


@given(st.one_of(st.text(), st.binary(), st.lists(PIECES, max_size=24).map("".join)))
@example("reelkey://private?v=1&token=" + "%" * 1800)
@example("reelkey://private?" + "&" * 1880)
def test_whatever_comes_is_a_request_or_refused(link: str | bytes) -> None:
    try:
        request = parse_link(link, SERVERS)
    except LinkRefused as error:
        assert TOKEN not in str(error)
        return
    assert request.action in ("upload", "download", "private")
    assert request.token
    assert request.server in (None, *SERVERS)
    assert ".." not in (request.folder or "").replace("\\", "/").split("/")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_a_folder_arrives_as_the_page_wrote_it_or_not_at_all(folder: str) -> None:
    try:
        assert parse_link(upload(folder), SERVERS).folder == folder
    except LinkRefused as error:
        assert error.facts["which"] == "folder"
