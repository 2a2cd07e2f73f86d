# The commands of QuecThing over a scripted UART.


from qsota.session.quecthing import QuecThing
from scripted import converse


def ask(question, answers):
    """Run question(quec, module) against a module with these answers."""

    async def talk(at, module, clock):
        return await question(QuecThing(at), module)

    return converse(talk, answers)


def answer_to(name, line, answer, *args):
    """The result of QuecThing.<name>(*args) when the module answers line so."""

    async def question(quec, module):
        result = await getattr(quec, name)(*args)
        assert set(module.sent) == {line}
        return result

    return ask(question, {line: answer})
