"""`llm`: models of `extra-openai-models.yaml`, for chats and Responses; Claude by the plugin `llm-anthropic`."""

import os
import tempfile
from pathlib import Path

from common import KEY, Town, models, openai_url, origin, raised_by, report, status_of, weather

folder = Path(tempfile.mkdtemp(prefix="weir-llm-"))
os.environ["LLM_USER_PATH"] = str(folder)
os.environ["ANTHROPIC_BASE_URL"] = origin
os.environ["ANTHROPIC_API_KEY"] = KEY
entry = """- model_id: {id}-{model}
  model_name: {model}
  api_base: {url}
  {kind}
  supports_tools: true
  supports_schema: true
"""
kinds = {"chats": "can_stream: true", "responses": "responses: true"}
(folder / "extra-openai-models.yaml").write_text(
    "".join(
        entry.format(id=api, model=model, url=openai_url, kind=kind)
        for api, kind in kinds.items()
        for model in [*models, "nobody"]
    )
)

import llm  # noqa: E402  It reads the folder when it is imported.
from llm_anthropic import ClaudeMessages  # noqa: E402

NAMES = {"near": "claude-haiku-4-5", "claude": "claude-sonnet-4-5", "gpt": "claude-opus-4-5"}


def attempts(find):
    def ask(model, prompt, stream=False, **more):
        found = find(model)
        found.key = KEY
        return found.prompt(prompt, stream=stream, **more)

    def stream(model, prompt="Hello"):
        return "".join(ask(model, prompt, stream=True))

    def loop(model, streamed, prompt="Weather?"):
        found = find(model)
        found.key = KEY
        return list(found.chain(prompt, tools=[weather], stream=streamed).responses())[-1].text()

    return {
        "chat": lambda model: ask(model, "Hello").text(),
        "stream": stream,
        "tools": lambda model: loop(model, False),
        "streamed tools": lambda model: loop(model, True),
        "two tools at once": lambda model: loop(model, True, "Weather of both?"),
        "broken stream": lambda model: raised_by(lambda: stream(model, "Break off")),
        "structured output": lambda model: Town.model_validate_json(
            ask(model, "Which town?", schema=Town).text()
        ).model_dump(),
        "unknown model": lambda _: status_of(lambda: ask("nobody", "Hello").text()),
        "refusal": lambda model: status_of(lambda: ask(model, "Refuse this").text()),
    }


report(
    chats=attempts(lambda model: llm.get_model(f"chats-{model}")),
    responses=attempts(lambda model: llm.get_model(f"responses-{model}")),
    messages=attempts(lambda model: ClaudeMessages(NAMES.get(model, model), use_structured_outputs=True)),
)
