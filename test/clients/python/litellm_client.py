"""The LiteLLM SDK: chats, Responses and Messages by the prefix of the model's name."""

import json

import litellm
from litellm import ModelResponse

from common import KEY, PARAMETERS, Town, openai_url, origin, raised_by, report, status_of, weather

litellm.suppress_debug_info = True
litellm.telemetry = False
TOOL = {"name": "weather", "description": "The weather of a town.", "parameters": PARAMETERS}


def attempts(prefix, address):
    def ask(model, messages, **more):
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        return litellm.completion(
            model=f"{prefix}/{model}", api_base=address, api_key=KEY, messages=messages, num_retries=0, **more
        )

    def chat(model):
        answer = ask(model, "Hello")
        assert isinstance(answer, ModelResponse) and answer.usage.total_tokens > 0
        return answer.choices[0].message.content

    def stream(model, prompt="Hello"):
        chunks = ask(model, prompt, stream=True)
        return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)

    def loop(model, streamed=False, prompt="Weather?"):
        messages = [{"role": "user", "content": prompt}]
        for _ in range(3):
            answer = ask(model, messages, tools=[{"type": "function", "function": TOOL}], stream=streamed)
            if streamed:
                answer = litellm.stream_chunk_builder(list(answer), messages=messages)
            message = answer.choices[0].message
            if not message.tool_calls:
                return message.content
            messages.append(message)
            for call in message.tool_calls:
                result = weather(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})

    def structured(model):
        return Town.model_validate_json(
            ask(model, "Which town?", response_format=Town).choices[0].message.content
        ).model_dump()

    return {
        "chat": chat,
        "stream": stream,
        "tools": loop,
        "streamed tools": lambda model: loop(model, streamed=True),
        "two tools at once": lambda model: loop(model, True, "Weather of both?"),
        "broken stream": lambda model: raised_by(lambda: stream(model, "Break off")),
        "structured output": structured,
        "unknown model": lambda _: status_of(lambda: chat("nobody")),
        "refusal": lambda model: status_of(lambda: ask(model, "Refuse this")),
    }


report(
    chats=attempts("openai", openai_url),
    responses=attempts("openai/responses", openai_url),
    messages=attempts("anthropic", origin),
)
