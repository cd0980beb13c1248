"""LlamaIndex: `OpenAILike`, `OpenAIResponses` and `Anthropic`, with its agent's loop."""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.anthropic import Anthropic
from llama_index.llms.openai_like import OpenAILike, OpenAILikeResponses

from common import KEY, Town, openai_url, origin, raised_by, report, status_of, weather

TOOL = FunctionTool.from_defaults(weather)
events = asyncio.new_event_loop()


# Its class for Anthropic takes no names but Anthropic's own.
NAMES = {"near": "claude-haiku-4-5", "claude": "claude-sonnet-4-5", "gpt": "claude-opus-4-5"}
NOBODY = "claude-3-haiku-20240307"


def attempts(make):
    def chat(model, text="Hello"):
        return make(model).chat([ChatMessage(role="user", content=text)]).message.content

    def stream(model, prompt="Hello"):
        return "".join(part.delta or "" for part in make(model).stream_chat([ChatMessage(prompt)]))

    async def agent(model, streamed, prompt="Weather?"):
        guide = FunctionAgent(tools=[TOOL], llm=make(model), streaming=streamed)
        return str(await guide.run(prompt))

    return {
        "chat": chat,
        "stream": stream,
        "tools": lambda model: events.run_until_complete(agent(model, False)),
        "streamed tools": lambda model: events.run_until_complete(agent(model, True)),
        "two tools at once": lambda model: events.run_until_complete(agent(model, True, "Weather of both?")),
        "broken stream": lambda model: raised_by(lambda: stream(model, "Break off")),
        "structured output": lambda model: make(model)
        .as_structured_llm(Town)
        .complete("Which town?")
        .raw.model_dump(),
        "unknown model": lambda _: status_of(lambda: chat("nobody")),
        "refusal": lambda model: status_of(lambda: chat(model, "Refuse this")),
    }


LIKE = {"api_base": openai_url, "api_key": KEY, "max_retries": 0, "is_chat_model": True}
report(
    chats=attempts(lambda model: OpenAILike(model=model, is_function_calling_model=True, **LIKE)),
    responses=attempts(lambda model: OpenAILikeResponses(model=model, is_function_calling_model=True, **LIKE)),
    messages=attempts(
        lambda model: Anthropic(
            model=NAMES.get(model, NOBODY), base_url=origin, api_key=KEY, max_retries=0, max_tokens=200
        )
    ),
)
