"""The official `openai` package: chat completions and Responses."""

import json

import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response

from common import KEY, PARAMETERS, Town, openai_url, raised_by, report, status_of, weather

client = openai.OpenAI(base_url=openai_url, api_key=KEY, max_retries=0)
chats = client.chat.completions
TOOL = {"name": "weather", "description": "The weather of a town.", "parameters": PARAMETERS, "strict": True}
CHAT_TOOLS = [{"type": "function", "function": TOOL}]
TOOLS = [{"type": "function", **TOOL}]


def said(text):
    return [{"role": "user", "content": text}]


def held(kind, value):
    """The value, after the package's own types have checked it: reading a response does not."""
    kind.model_validate_json(value.to_json(), strict=False)
    return value


def chat(model):
    answer = held(ChatCompletion, chats.create(model=model, messages=said("Hello")))
    assert answer.usage.total_tokens > 0 and answer.choices[0].finish_reason == "stop"
    return answer.choices[0].message.content


def chat_stream(model, prompt="Hello"):
    options = {"include_usage": True}
    chunks = list(chats.create(model=model, messages=said(prompt), stream=True, stream_options=options))
    assert len({held(ChatCompletionChunk, chunk).id for chunk in chunks}) == 1
    assert [chunk.usage is not None for chunk in chunks].count(True) == 1
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def chat_loop(model, streamed=False, prompt="Weather?"):
    messages = said(prompt)
    for _ in range(3):
        ask = {"model": model, "messages": messages, "tools": CHAT_TOOLS}
        if streamed:
            with chats.stream(**ask) as stream:
                message = stream.get_final_completion().choices[0].message
        else:
            message = held(ChatCompletion, chats.create(**ask)).choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            result = weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def chat_object(model):
    parsed = chats.parse(model=model, messages=said("Which town?"), response_format=Town)
    return parsed.choices[0].message.parsed.model_dump()


def response(model):
    answer = held(Response, client.responses.create(model=model, input="Hello"))
    assert answer.usage.total_tokens > 0 and answer.status == "completed"
    return answer.output_text


def response_stream(model, prompt="Hello"):
    with client.responses.stream(model=model, input=prompt) as stream:
        kinds = [event.type for event in stream]
        assert (kinds[0], kinds[-1]) == ("response.created", "response.completed"), kinds
        return held(Response, stream.get_final_response()).output_text


def response_loop(model, streamed=False, prompt="Weather?"):
    items = said(prompt)
    for _ in range(3):
        if streamed:
            with client.responses.stream(model=model, input=items, tools=TOOLS) as stream:
                answer = held(Response, stream.get_final_response())
        else:
            answer = held(Response, client.responses.create(model=model, input=items, tools=TOOLS))
        calls = [item for item in answer.output if item.type == "function_call"]
        if not calls:
            return answer.output_text
        items += answer.output
        for call in calls:
            result = weather(**json.loads(call.arguments))
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": result})


def response_object(model):
    return client.responses.parse(model=model, input="Which town?", text_format=Town).output_parsed.model_dump()


report(
    chats={
        "chat": chat,
        "stream": chat_stream,
        "tools": chat_loop,
        "streamed tools": lambda model: chat_loop(model, streamed=True),
        "two tools at once": lambda model: chat_loop(model, True, "Weather of both?"),
        "broken stream": lambda model: raised_by(lambda: chat_stream(model, "Break off")),
        "structured output": chat_object,
        "unknown model": lambda model: status_of(lambda: chat("nobody")),
        "refusal": lambda model: status_of(lambda: chats.create(model=model, messages=said("Refuse this"))),
    },
    responses={
        "chat": response,
        "stream": response_stream,
        "tools": response_loop,
        "streamed tools": lambda model: response_loop(model, True),
        "two tools at once": lambda model: response_loop(model, True, "Weather of both?"),
        "broken stream": lambda model: raised_by(lambda: response_stream(model, "Break off")),
        "structured output": response_object,
        "unknown model": lambda model: status_of(lambda: response("nobody")),
        "refusal": lambda model: status_of(lambda: client.responses.create(model=model, input="Refuse this")),
    },
)
