"""Files, texts and archives from others, read with limits: whatever they hold costs little, and is named if wrong.

Every reader of files in the rooms above reads through here. `Refused` is one clause that names what is wrong and
the remedy; whoever reads adds which file it is.
"""

from sts62055.untrusted.errors import Refused
from sts62055.untrusted.files import open_file, read_file, read_text
from sts62055.untrusted.texts import parse_json, parse_toml

__all__ = ["Refused", "open_file", "parse_json", "parse_toml", "read_file", "read_text"]
