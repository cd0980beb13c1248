"""LangChain for Python: `langchain-openai` with chats and Responses, `langchain-anthropic`."""

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from common import KEY, Town, openai_url, origin, raised_by, report, status_of, weather

TOOL = tool(weather)


def attempts(make):
    def loop(model):
        messages = [HumanMessage("Weather?")]
        for _ in range(3):
            answer = make(model).bind_tools([TOOL]).invoke(messages)
            assert isinstance(answer, AIMessage)
            if not answer.tool_calls:
                return answer.text
            messages += [answer, *(TOOL.invoke(call) for call in answer.tool_calls)]

    def streamed_loop(model, prompt="Weather?"):
        messages = [HumanMessage(prompt)]
        for _ in range(3):
            answer = None
            for chunk in make(model).bind_tools([TOOL]).stream(messages):
                answer = chunk if answer is None else answer + chunk
            if not answer.tool_calls:
                return answer.text
            messages += [answer, *(TOOL.invoke(call) for call in answer.tool_calls)]

    def stream(model, prompt="Hello"):
        return "".join(chunk.text for chunk in make(model).stream(prompt))

    def chat(model):
        answer = make(model).invoke("Hello")
        assert answer.usage_metadata["total_tokens"] > 0
        return answer.text

    return {
        "chat": chat,
        "stream": stream,
        "tools": loop,
        "streamed tools": streamed_loop,
        "two tools at once": lambda model: streamed_loop(model, "Weather of both?"),
        "broken stream": lambda model: raised_by(lambda: stream(model, "Break off")),
        "structured output": lambda model: make(model).with_structured_output(Town).invoke("Which?").model_dump(),
        "unknown model": lambda _: status_of(lambda: chat("nobody")),
        "refusal": lambda model: status_of(lambda: make(model).invoke("Refuse this")),
    }


def openai(model, **more):
    return ChatOpenAI(base_url=openai_url, api_key=KEY, model=model, max_retries=0, **more)


report(
    chats=attempts(openai),
    responses=attempts(lambda model: openai(model, use_responses_api=True)),
    messages=attempts(lambda model: ChatAnthropic(base_url=origin, api_key=KEY, model=model, max_retries=0)),
)
