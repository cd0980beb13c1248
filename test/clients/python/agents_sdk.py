"""The OpenAI Agents SDK: over Responses, which is its default, and over chats."""

import asyncio

from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI

from common import KEY, Town, openai_url, raised_by, report, status_of, weather

set_tracing_disabled(True)
client = AsyncOpenAI(base_url=openai_url, api_key=KEY, max_retries=0)
loop = asyncio.new_event_loop()


def attempts(kind):
    def ask(model, prompt, **more):
        agent = Agent(name="Guide", instructions="Be short.", model=kind(model, client), **more)
        return loop.run_until_complete(Runner.run(agent, prompt)).final_output

    async def streamed(model, prompt, **more):
        result = Runner.run_streamed(Agent(name="Guide", model=kind(model, client), **more), prompt)
        shown = ""
        async for event in result.stream_events():
            if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
                shown += event.data.delta
        assert result.final_output == shown, (result.final_output, shown)
        return shown

    tools = [function_tool(weather)]
    return {
        "chat": lambda model: ask(model, "Hello"),
        "stream": lambda model: loop.run_until_complete(streamed(model, "Hello")),
        "tools": lambda model: ask(model, "Weather?", tools=tools),
        "streamed tools": lambda model: loop.run_until_complete(streamed(model, "Weather?", tools=tools)),
        "two tools at once": lambda model: loop.run_until_complete(
            streamed(model, "Weather of both?", tools=tools)
        ),
        "broken stream": lambda model: raised_by(lambda: loop.run_until_complete(streamed(model, "Break off"))),
        "structured output": lambda model: ask(model, "Which town?", output_type=Town).model_dump(),
        "unknown model": lambda _: status_of(lambda: ask("nobody", "Hello")),
        "refusal": lambda model: status_of(lambda: ask(model, "Refuse this")),
    }


report(responses=attempts(OpenAIResponsesModel), chats=attempts(OpenAIChatCompletionsModel))
