"""instructor, on the official packages: objects by a tool and by a schema, whole and in parts."""

import anthropic
import instructor
import openai
from instructor import Mode

from common import KEY, Town, openai_url, origin, report, status_of

openai_client = openai.OpenAI(base_url=openai_url, api_key=KEY, max_retries=0)
anthropic_client = anthropic.Anthropic(base_url=origin, api_key=KEY, max_retries=0)


def attempts(wrap, modes, **more):
    def ask(model, mode, text="Which town?"):
        made = wrap(mode).chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": text}],
            response_model=Town,
            max_retries=0,
            **more,
        )
        assert isinstance(made, Town)
        return made.model_dump()

    def partial(model):
        parts = wrap(modes[0]).chat.completions.create_partial(
            model=model,
            messages=[{"role": "user", "content": "Which town?"}],
            response_model=Town,
            max_retries=0,
            **more,
        )
        return list(parts)[-1].model_dump()

    return {
        "structured output": lambda model: ask(model, modes[0]),
        "structured by schema": lambda model: ask(model, modes[1]),
        "streamed structured": partial,
        "unknown model": lambda _: status_of(lambda: ask("nobody", modes[0])),
        "refusal": lambda model: status_of(lambda: ask(model, modes[0], "Refuse this")),
    }


report(
    chats=attempts(lambda mode: instructor.from_openai(openai_client, mode=mode), [Mode.TOOLS, Mode.JSON_SCHEMA]),
    responses=attempts(
        lambda mode: instructor.from_openai(openai_client, mode=mode),
        [Mode.RESPONSES_TOOLS, Mode.RESPONSES_TOOLS],
    ),
    messages=attempts(
        lambda mode: instructor.from_anthropic(anthropic_client, mode=mode),
        [Mode.ANTHROPIC_TOOLS, Mode.ANTHROPIC_JSON],
        max_tokens=200,
    ),
)
