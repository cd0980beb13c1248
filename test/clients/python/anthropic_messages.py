"""The official `anthropic` package against a gateway: prints one JSON document of what it saw.

    python anthropic_messages.py BASE_URL
"""

import json
import sys

import anthropic

(base_url,) = sys.argv[1:]
client = anthropic.Anthropic(base_url=base_url, api_key="none", max_retries=0)
tools = [
    {
        "name": "find",
        "description": "Finds the country of a town.",
        "input_schema": {
            "type": "object",
            "properties": {"town": {"type": "string"}},
            "required": ["town"],
        },
    }
]


def ask(content, **more):
    return {"model": "auto", "max_tokens": 200, "messages": [{"role": "user", "content": content}], **more}


easy = client.messages.create(**ask("easy"))
hard = client.messages.create(**ask("hard"))

with client.messages.stream(**ask("hard")) as stream:
    shown = "".join(stream.text_stream)
    final = stream.get_final_message()

called = client.messages.create(**ask("Where is Rome?", tools=tools))
call = next(block for block in called.content if block.type == "tool_use")
looked_up = client.messages.create(
    **ask("", tools=tools)
    | {
        "messages": [
            {"role": "user", "content": "Where is Rome?"},
            {"role": "assistant", "content": called.content},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "Italy"}],
            },
        ]
    }
)

try:
    client.messages.create(**ask("easy") | {"model": "nobody"})
    error = None
except anthropic.NotFoundError as refused:
    error = {
        "status": refused.status_code,
        "type": type(refused).__name__,
        "body": refused.body["error"]["type"],
    }

counted = client.messages.count_tokens(model="auto", messages=[{"role": "user", "content": "easy"}])

print(
    json.dumps(
        {
            "easy": {
                "type": type(easy).__name__,
                "content": [block.text for block in easy.content],
                "stop": easy.stop_reason,
                "input": easy.usage.input_tokens,
            },
            "hard": {
                "blocks": [block.type for block in hard.content],
                "signature": hard.content[0].signature,
                "cached": hard.usage.cache_read_input_tokens,
            },
            "stream": {"shown": shown, "stop": final.stop_reason, "output": final.usage.output_tokens},
            "tools": {
                "name": call.name,
                "input": call.input,
                "stop": called.stop_reason,
                "then": looked_up.content[0].text,
            },
            "error": error,
            "counted": counted.input_tokens,
            "models": [model.id for model in client.models.list()],
        }
    )
)
