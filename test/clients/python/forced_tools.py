"""The packages `openai`, `instructor` and LangChain force tool calls and JSON through a gateway; prints one JSON document
of what each of them got, or of the exception that it raised.

    python forced_tools.py BASE_URL MODEL
"""

import json
import sys

import instructor
import openai
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
messages = [{"role": "user", "content": "What is the weather in Rome?"}]
weather = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a town.",
        "parameters": {
            "type": "object",
            "properties": {"town": {"type": "string"}, "degrees": {"type": "integer"}},
            "required": ["town", "degrees"],
            "additionalProperties": False,
        },
    },
}


class Weather(BaseModel):
    """The weather in a town."""

    town: str
    degrees: int


@tool
def look_up(town: str) -> str:
    """Looks up the weather in a town."""
    return f"sunny in {town}"


def called(choice, **more):
    """The calls of a whole answer: names and arguments."""
    answer = client.chat.completions.create(
        model=model, messages=messages, tools=[weather], tool_choice=choice, **more
    )
    return [
        [call.function.name, json.loads(call.function.arguments)]
        for call in answer.choices[0].message.tool_calls or []
    ]


def streamed(choice):
    """The same, put together from a stream by the package's own helper."""
    with client.chat.completions.stream(
        model=model, messages=messages, tools=[weather], tool_choice=choice
    ) as stream:
        answer = stream.get_final_completion()
    return [
        [call.function.name, json.loads(call.function.arguments)]
        for call in answer.choices[0].message.tool_calls or []
    ]


NAMED = {"type": "function", "function": {"name": "weather"}}


def instructed(mode, **more):
    made = instructor.from_openai(client, mode=mode).chat.completions.create(
        model=model, messages=messages, response_model=Weather, max_retries=0, **more
    )
    return made.model_dump()


def partly():
    """Instructor's stream of partial objects; the last one counts."""
    parts = instructor.from_openai(client, mode=instructor.Mode.TOOLS).chat.completions.create_partial(
        model=model, messages=messages, response_model=Weather, max_retries=0
    )
    return list(parts)[-1].model_dump()


def chained(choice):
    chat = ChatOpenAI(base_url=base_url, api_key="none", model=model, max_retries=0)
    answer = chat.bind_tools([look_up], tool_choice=choice).invoke("What is the weather in Rome?")
    return [[call["name"], call["args"]] for call in answer.tool_calls]


def chained_stream():
    chat = ChatOpenAI(base_url=base_url, api_key="none", model=model, max_retries=0)
    total = None
    for chunk in chat.bind_tools([look_up], tool_choice="any").stream("What is the weather in Rome?"):
        total = chunk if total is None else total + chunk
    return [[call["name"], call["args"]] for call in total.tool_calls]


def structured(method):
    chat = ChatOpenAI(base_url=base_url, api_key="none", model=model, max_retries=0)
    return chat.with_structured_output(Weather, method=method).invoke("Weather in Rome?").model_dump()


tried = {
    "openai required": lambda: called("required"),
    "openai named": lambda: called(NAMED),
    "openai required, streamed": lambda: streamed("required"),
    "openai named, streamed": lambda: streamed(NAMED),
    "openai parsed": lambda: client.chat.completions.parse(
        model=model, messages=messages, response_format=Weather
    )
    .choices[0]
    .message.parsed.model_dump(),
    "instructor tools": lambda: instructed(instructor.Mode.TOOLS),
    "instructor strict tools": lambda: instructed(instructor.Mode.TOOLS_STRICT),
    "instructor JSON schema": lambda: instructed(instructor.Mode.JSON_SCHEMA),
    "instructor partial": partly,
    "langchain any": lambda: chained("any"),
    "langchain named": lambda: chained("look_up"),
    "langchain any, streamed": chained_stream,
    "langchain structured by a call": lambda: structured("function_calling"),
    "langchain structured by JSON schema": lambda: structured("json_schema"),
}


def outcome(attempt):
    try:
        return {"got": attempt()}
    except Exception as error:  # Every failure of any package is a line of the result.
        return {"error": f"{type(error).__name__}: {error}"[:500]}


print(json.dumps({name: outcome(attempt) for name, attempt in tried.items()}))
