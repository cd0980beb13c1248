"""openai and pydantic-ai, unchanged but for URL and key: prints what each got, as JSON."""

import asyncio
import json
import sys

from openai import BadRequestError, OpenAI
from pydantic import BaseModel

base_url, model = sys.argv[1:]
got = {}


class Town(BaseModel):
    town: str


client = OpenAI(base_url=base_url, api_key="none", max_retries=0)
got["text"] = client.responses.create(model=model, input="Hello").output_text
with client.responses.stream(model=model, input="Hello") as stream:
    got["events"] = [event.type for event in stream]
    got["stream"] = stream.get_final_response().output_text
got["parsed"] = client.responses.parse(model=model, input="Which town?", text_format=Town).output_parsed.town
try:
    client.responses.create(model=model, input="x", store=True)
except BadRequestError as error:
    got["refused"] = error.param

try:
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider

    responses = OpenAIResponsesModel(model, provider=OpenAIProvider(base_url=base_url, api_key="none"))
    agent = Agent(responses, instructions="Be short.")

    @agent.tool_plain
    def weather(town: str) -> str:
        """The weather of a town."""
        return f"Sunny in {town}"

    got["agent"] = agent.run_sync("Weather?").output
    got["object"] = Agent(responses, output_type=Town).run_sync("Which town?").output.town

    async def streamed() -> str:
        async with Agent(responses).run_stream("Hello") as result:
            return await result.get_output()

    got["agent_stream"] = asyncio.run(streamed())
except ImportError:
    got["agent"] = None
print(json.dumps(got))
