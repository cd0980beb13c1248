"""The official `anthropic` package."""

import anthropic
from anthropic.types import Message
from common import KEY, PARAMETERS, Town, origin, raised_by, report, status_of, weather

client = anthropic.Anthropic(base_url=origin, api_key=KEY, max_retries=0)
TOOLS = [{"name": "weather", "description": "The weather of a town.", "input_schema": PARAMETERS}]


def said(model, text, **more):
    return {"model": model, "max_tokens": 200, "messages": [{"role": "user", "content": text}], **more}


def held(message):
    """The message, after the package's own types have checked it: reading a response does not."""
    Message.model_validate_json(message.to_json())
    assert message.usage.output_tokens > 0 and message.id.startswith("msg_")
    return message


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def chat(model):
    return text_of(held(client.messages.create(**said(model, "Hello"))))


def stream(model, prompt="Hello"):
    with client.messages.stream(**said(model, prompt)) as events:
        shown = "".join(events.text_stream)
        assert shown == text_of(held(events.get_final_message()))
        return shown


def loop(model, streamed=False, prompt="Weather?"):
    ask = said(model, prompt, tools=TOOLS)
    for _ in range(3):
        if streamed:
            with client.messages.stream(**ask) as events:
                message = held(events.get_final_message())
        else:
            message = held(client.messages.create(**ask))
        calls = [block for block in message.content if block.type == "tool_use"]
        if not calls:
            return text_of(message)
        assert message.stop_reason == "tool_use"
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": weather(**call.input)} for call in calls
        ]
        ask["messages"] += [
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": results},
        ]


def structured(model):
    return client.messages.parse(**said(model, "Which town?"), output_format=Town).parsed_output.model_dump()


report(
    messages={
        "chat": chat,
        "stream": stream,
        "tools": loop,
        "streamed tools": lambda model: loop(model, streamed=True),
        "two tools at once": lambda model: loop(model, True, "Weather of both?"),
        "broken stream": lambda model: raised_by(lambda: stream(model, "Break off")),
        "structured output": structured,
        "unknown model": lambda model: status_of(lambda: chat("nobody")),
        "refusal": lambda model: status_of(lambda: client.messages.create(**said(model, "Refuse this"))),
    }
)
