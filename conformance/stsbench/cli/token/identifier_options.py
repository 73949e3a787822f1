"""The TokenIdentifier of a token: a given one, that of a date, or the next free one (6.3.5)."""

from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from sts62055.application.token_identifier import BaseDate, TokenIdentifier
from sts_fixtures.ledger.file import Ledger
from sts_fixtures.tokens.identifier_allocation import TokenIdentifierAllocator
from sts_rigs.errors import BenchFault, FileFault
from stsbench.cli.shared import naming, stop, within
from stsbench.cli.token.meter_key import Key
from stsbench.cli.token.options import MintOptions

__all__ = ["choose_token_identifier"]


def choose_token_identifier(key: Key, options: MintOptions) -> tuple[TokenIdentifier, list[str]]:
    """Return the TID and what is to be said of it; exit with 2 if there is none."""
    base_date = key.attributes.base_date
    if options.tid is not None and options.date is not None:
        stop("--tid, --date: give one of them")
    own = ["this TID is not registered as given out: a campaign may use it again"]
    if options.tid is not None:
        return TokenIdentifier(within("--tid", options.tid, TokenIdentifier.MAXIMUM)), own
    if options.date is None:
        return _next_free(key, options.state), []
    with naming("--date"):
        moment = _moment(options.date)
        _require_reach(moment, base_date)
        tid = TokenIdentifier.issued_at(moment, base_date)
    is_moved = tid != TokenIdentifier.at(moment, base_date)
    return tid, [*own, *(["00:01 is reserved: the TID is that of 00:02 (6.3.5.2)"] if is_moved else [])]


def _next_free(key: Key, state: Path | None) -> TokenIdentifier:
    base_date = key.attributes.base_date
    folder = state or platformdirs.user_state_path("stsbench")
    with naming("--base-date"):
        _require_reach(_now(), base_date)
    try:
        file = Ledger(folder, key.attributes.pan)
        with naming("--state"):
            return TokenIdentifierAllocator(file, base_date, _now).next()
    except (BenchFault, FileFault) as error:
        stop(f"--state: {error}")
    except OSError as error:
        stop(f"--state: {folder} cannot be used ({error.strerror or 'it is locked'}): name another folder")


def _now() -> datetime:
    return datetime.now(UTC)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"a date is written as 2026-11-20T10:00 (UTC), and this is {text!r}") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _require_reach(moment: datetime, base_date: BaseDate) -> None:
    last = TokenIdentifier(TokenIdentifier.MAXIMUM).moment(base_date)
    if not base_date.start <= moment < last:
        reach = f"{base_date.start:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
        given = f"and {moment:%Y-%m-%d %H:%M} is outside"
        raise ValueError(f"the TokenIdentifiers of base date {base_date.value} reach from {reach}, {given}")
