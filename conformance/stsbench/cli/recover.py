"""The `stsbench recover` command: put a meter back that an earlier run has left otherwise than declared."""

from contextlib import nullcontext
from dataclasses import replace

import typer

from sts_conformance import register
from sts_fixtures.campaign.campaign import Campaign
from sts_fixtures.campaign.ladder import Needs
from sts_fixtures.campaign.left_out import LeftOut
from sts_fixtures.campaign.options import RECOVERY_OPTIONS, RunRequest
from sts_fixtures.campaign.settings import CampaignSettings, WrongOption
from sts_fixtures.campaign.signals import stopping_like_ctrl_c
from sts_fixtures.operator.prompts import OperatorPrompts, keypad_of
from sts_reports.exit_code import ExitCode
from sts_reports.journal import JOURNAL, JournalLost
from sts_rigs.errors import BenchFault, FileFault
from stsbench.cli.shared import AsJson, new_app, print_json, stop, takes_request

__all__ = ["app"]

app = new_app()


@app.command()
@takes_request(*RECOVERY_OPTIONS, "date", "allow_commands")
def recover(request: RunRequest, as_json: AsJson = False) -> None:
    """Put a meter back that an earlier run has left with another key, without power, or otherwise than declared.

    It reads the meter's ledger, finds out by tokens which key the meter holds, and says what it did. Like a run it
    has a folder with a journal, in which every token stands that it entered.
    """
    if request.rig is None and request.meter_from is None:
        stop(
            "name the bench with --rig, or a run on the simulated bench with --meter-from: without that the "
            "simulated bench has a new meter in each run, and nothing to put back"
        )
    with stopping_like_ctrl_c():
        try:
            campaign = _campaign(replace(request, recover=True))
        except (FileFault, BenchFault, WrongOption, JournalLost) as error:
            stop(str(error))
        is_over = False
        try:
            try:
                campaign.start(Needs(tokens=True, keypad=False))
                is_over = True
            finally:
                campaign.finish(interrupted=not is_over)
        except JournalLost as lost:
            stop(str(lost), ExitCode.BENCH_FAULT)
    journal = campaign.settings.folder / JOURNAL
    faults = [f"{rung.what}: {rung.remedy}" for rung in campaign.climbed if rung.state == "broken"]
    if not any(rung.rung == "key" for rung in campaign.climbed) and campaign.loss.fault is not None:
        faults = faults or [str(campaign.loss.fault)]
    unproven = [rung.what for rung in campaign.climbed if rung.rung == "key" and rung.state == "not proven"]
    done = list(campaign.recovery.done) if campaign.recovery else []
    found = campaign.recovery.found if campaign.recovery else ""
    if as_json:
        print_json({"meter": campaign.settings.meter.pan.drn.digits, "found": found, "done": done,
                    "left": [*faults, *unproven], "journal": str(journal)})  # fmt: skip
    else:
        for text in done:
            typer.echo(f"Done: {text}.")
        typer.echo("; ".join([*faults, *unproven]) or "The meter is as declared.")
        typer.echo(f"Journal: {journal}")
    if faults:
        raise typer.Exit(ExitCode.BENCH_FAULT)
    raise typer.Exit(ExitCode.UNDECIDED if unproven else ExitCode.CONFORMS)


def _campaign(request: RunRequest) -> Campaign:
    """Return a campaign without cases, whose ladder puts the meter back."""
    whole = register.load()
    settings = CampaignSettings.read(request, whole)
    left_out = LeftOut(whole, otherwise="stsbench recover")
    if "operator" not in settings.rig.actions.performers.values():
        return Campaign(settings, whole, left_out, tell=_tell)
    from sts_fixtures.operator.terminal import OperatorTerminal

    prompts = OperatorPrompts(
        OperatorTerminal(nullcontext), keypad_of(settings.meter), settings.rig.actions.patience_s
    )
    campaign = Campaign(settings, whole, left_out, prompts.ask, _tell)
    prompts.note = campaign.writer.answer
    return campaign


def _tell(text: str) -> None:
    typer.echo(text, err=True)
