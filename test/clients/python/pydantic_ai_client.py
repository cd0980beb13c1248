"""pydantic-ai: OpenAI's chats and Responses, Anthropic's Messages."""

import asyncio

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from common import KEY, Town, openai_url, origin, raised_by, report, status_of, weather

openai = OpenAIProvider(openai_client=AsyncOpenAI(base_url=openai_url, api_key=KEY, max_retries=0))
anthropic = AnthropicProvider(anthropic_client=AsyncAnthropic(base_url=origin, api_key=KEY, max_retries=0))
loop = asyncio.new_event_loop()


def attempts(make):
    def ask(model, prompt, **more):
        return loop.run_until_complete(Agent(make(model), **more).run(prompt))

    def chat(model):
        result = ask(model, "Hello", instructions="Be short.")
        assert (result.usage() if callable(result.usage) else result.usage).output_tokens > 0
        return result.output

    async def streamed(model, prompt, **more):
        async with Agent(make(model), **more).run_stream(prompt) as result:
            return "".join([text async for text in result.stream_text(delta=True)])

    return {
        "chat": chat,
        "stream": lambda model: loop.run_until_complete(streamed(model, "Hello")),
        "tools": lambda model: ask(model, "Weather?", tools=[weather]).output,
        "streamed tools": lambda model: loop.run_until_complete(streamed(model, "Weather?", tools=[weather])),
        "two tools at once": lambda model: loop.run_until_complete(
            streamed(model, "Weather of both?", tools=[weather])
        ),
        "broken stream": lambda model: raised_by(lambda: loop.run_until_complete(streamed(model, "Break off"))),
        "structured output": lambda model: ask(model, "Which town?", output_type=Town).output.model_dump(),
        "unknown model": lambda _: status_of(lambda: chat("nobody")),
        "refusal": lambda model: status_of(lambda: ask(model, "Refuse this")),
    }


def by_schema(make):
    """Of Anthropic's models it knows by their names which take schemas."""

    def ask(model):
        agent = Agent(make(model), output_type=NativeOutput(Town))
        return loop.run_until_complete(agent.run("Which town?")).output.model_dump()

    return {**attempts(make), "structured by schema": ask}


report(
    chats=by_schema(lambda model: OpenAIChatModel(model, provider=openai)),
    responses=by_schema(lambda model: OpenAIResponsesModel(model, provider=openai)),
    messages=attempts(lambda model: AnthropicModel(model, provider=anthropic)),
)
