"""The official `openai` package against a gateway's demonstration: prints one JSON document of what it saw.

    python demonstration.py BASE_URL QUESTION
"""

import json
import sys

import openai

base_url, question = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
messages = [{"role": "user", "content": question}]

plain = client.chat.completions.create(model="gpt-4o", messages=messages)

chunks = list(client.chat.completions.create(model="gpt-4o", messages=messages, stream=True))

try:
    client.chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Nobody has recorded this."}]
    )
    error = None
except openai.NotFoundError as refused:
    error = {"status": refused.status_code, "code": refused.code, "message": refused.message}

print(
    json.dumps(
        {
            "plain": {
                "type": type(plain).__name__,
                "id": plain.id,
                "content": plain.choices[0].message.content,
                "finish": plain.choices[0].finish_reason,
                "tokens": plain.usage.total_tokens if plain.usage else None,
            },
            "stream": {
                "types": sorted({type(chunk).__name__ for chunk in chunks}),
                "ids": len({chunk.id for chunk in chunks}),
                "content": "".join(
                    choice.delta.content or "" for chunk in chunks for choice in chunk.choices
                ),
            },
            "error": error,
        }
    )
)
