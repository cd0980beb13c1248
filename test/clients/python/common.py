"""What the scripts of this folder share: arguments, the question's types, and how outcomes are printed."""

import json
import sys
import traceback

from pydantic import BaseModel

origin, *models = sys.argv[1:]
openai_url = f"{origin}/v1"
KEY = "none"
PARAMETERS = {
    "type": "object",
    "properties": {"town": {"type": "string"}},
    "required": ["town"],
    "additionalProperties": False,
}


class Town(BaseModel):
    """The town that is asked about."""

    town: str


def weather(town: str) -> str:
    """The weather of a town."""
    return f"Sunny in {town}"


def status_of(call):
    """The status that the client's own exception holds."""
    try:
        call()
    except Exception as error:
        seen = error
        while seen is not None:
            for name in ("status_code", "http_status", "code"):
                if isinstance(getattr(seen, name, None), int):
                    return getattr(seen, name)
            seen = seen.__cause__ or seen.__context__
        return f"{type(error).__name__}: {error}"[:500]
    return "no error"


def raised_by(call):
    """Whether the client tells that a stream broke off."""
    try:
        return f"no error, but {call()}"
    except Exception:
        return "an error"


def outcome(attempt):
    """What an attempt returned; or its failure, which is a line of the result."""
    try:
        return attempt()
    except Exception as error:
        where = traceback.format_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} {where}"[:900]


def report(**apis):
    """Runs each API's attempts on each model; an attempt takes the model's name, and prints nothing."""
    print(
        json.dumps(
            {
                api: {
                    model: {name: outcome(lambda: attempt(model)) for name, attempt in attempts.items()}
                    for model in models
                }
                for api, attempts in apis.items()
            }
        )
    )
