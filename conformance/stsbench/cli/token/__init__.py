"""The `stsbench token` command: mint tokens, explain and diagnose them, change a meter's key.

No key is ever an argument, and none is ever printed: a file or an environment variable names it, and its check
value is all that is shown.
"""

from stsbench.cli.shared import new_app
from stsbench.cli.token.change_key import change_key
from stsbench.cli.token.decode import decode
from stsbench.cli.token.mint import mint

__all__ = ["app"]

app = new_app("Mint, explain and diagnose tokens.")
app.command()(decode)
app.command("change-key")(change_key)
app.add_typer(mint, name="mint")
