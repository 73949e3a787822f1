"""The `stsbench token` command: mint tokens, explain and diagnose them, change a meter's key.

No key is ever an argument, and none is ever printed: a file or an environment variable names it, and its check
value is all that is shown.
"""

import typer

from stsbench.cli.token.change_key import change_key
from stsbench.cli.token.decode import decode
from stsbench.cli.token.mint import mint

__all__ = ["app"]

app = typer.Typer(
    help="Mint, explain and diagnose tokens.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
app.command()(decode)
app.command("change-key")(change_key)
app.add_typer(mint, name="mint")
