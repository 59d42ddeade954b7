"""What to do with a folder that cannot be used as it is: the command that helps (notebook 01_data_loading)."""

from __future__ import annotations

import shlex
from pathlib import Path

from oasis_helpers.data.inventory import Listing, describe_listing, kinds, look
from oasis_helpers.data.sources.registry import sources
from oasis_helpers.errors import DataError

_UNPACKING = {".zip": "unzip -q {file} -d {folder}", ".tar": "tar -xf {file} -C {folder}"}


def nothing_found(listing: Listing, command: str) -> str:
    """Say what a folder holds, and what helps.

    Args:
        listing: of the folder that was given.
        command: whose data was looked for; "prepare" is not advised to somebody who has just tried it.

    Returns:
        ``FOLDER holds ...; do this``, one line.
    """
    unfinished = "" if listing.complete else ", and more than could be looked at: give a nearer folder"
    return f"{listing.top} holds {describe_listing(listing)}{unfinished}; {_what_helps(listing, command)}"


def prepare_command(folder: Path) -> str:
    """The command that makes slices of a folder's scans."""
    return f"python -m oasis_helpers prepare --data {shlex.quote(str(folder))} --out DIR"


def unpack_command(archive: Path) -> str:
    """The command that unpacks an archive, or what to do with a file that is none."""
    kind = _kind_of_archive(archive)
    if not kind:
        return "give the folder in which it lies"
    folder = archive.parent / archive.name.partition(".")[0]
    quoted = {"file": shlex.quote(str(archive)), "folder": shlex.quote(str(folder))}
    make = f"mkdir -p {quoted['folder']} && " if kind == ".tar" else ""
    return f"unpack it: {make}{_UNPACKING[kind].format(**quoted)}, then give {folder}"


def _kind_of_archive(file: Path) -> str:
    """ ".zip" or ".tar", however it is written and packed; empty for other files."""
    endings = [ending.lower() for ending in file.suffixes]
    if ".tar" in endings or endings[-1:] == [".tgz"]:
        return ".tar"
    return ".zip" if endings[-1:] == [".zip"] else ""


def _what_helps(listing: Listing, command: str) -> str:
    if command != "prepare":
        for source in sources():
            try:
                scans = source.find(listing).scans
            except DataError:  # two of a scan: prepare says which
                scans = {"": None}
            if scans:
                return f"these are {source.title}: {prepare_command(listing.top)} makes slices of them, then give DIR"
    archives = [file for file in listing.files if _kind_of_archive(file)]
    if archives:
        return unpack_command(archives[0])
    if listing.broken and len(listing.broken) >= len(listing.files):
        return f"fetch them (datalad get), or mount the disk that they lie on; the first is {listing.broken[0]}"
    nouns = " ".join(kinds(listing))
    if "of OASIS-2" in nouns:
        return "OASIS-2 holds raw scans alone, which prepare does not read: take OASIS-1, OASIS-3 or neurite-oasis"
    if "raw scan" in nouns:
        return "only RAW was unpacked; unpack PROCESSED/MPRAGE/T88_111 of the discs, too"
    if "OASIS-1" in nouns:
        return "expected *_t88_masked_gfc volumes (PROCESSED/MPRAGE/T88_111 of the discs); fetch those, too"
    if "Learn2Reg" in nouns:
        return "their numbers are not OASIS ids; the same people are in neurite-oasis, which prepare reads: fetch that"
    if "JPEG" in nouns or "PNG" in nouns:
        return (
            "expected OASIS ids in their names, such as OAS1_0001_MR1_100.png: without them nobody can tell whose"
            " slices they are, and keep a person in one split"
        )
    known = "; ".join(source.title for source in sources())
    passed_by = not listing.files or any(listing.top.glob(".*/"))
    hidden = " (hidden folders are not searched)" if passed_by else ""
    if command == "prepare":
        return f"prepare reads {known}{hidden}"
    return f"give the folder that holds keras_png_slices_data, or what prepare reads ({known}){hidden}"


def how_to_rewrite(folder: Path) -> str:
    """Advice for slices of another kind or size: what `prepare` does with them; "" where it would find nothing."""
    slices = next(source for source in sources() if source.name == "slices")
    try:
        found = slices.find(look(folder)).scans
    except DataError:
        found = {}
    return f"to write them again as 8-bit grey PNGs of 256 x 256: {prepare_command(folder)}" if found else ""
