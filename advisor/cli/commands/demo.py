"""`advisor demo`: a small network that overfits, trained and checked."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.commands.check import check


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder to write the files to.")
    ] = Path("advisor-demo"),
) -> None:
    """Train a small network on scikit-learn's digits until it overfits, and test the cure."""
    from rich.console import Console
    from rich.progress import Progress

    from advisor.cli import demo_network as network

    screen = Console(stderr=True)
    screen.print("Importing TensorFlow and training a network of 43,530 weights ...")
    with Progress(console=screen, transient=True) as progress:
        task = progress.add_task("epochs", total=network.EPOCHS)
        files = network.train_demo(
            folder, on_epoch=lambda epoch: progress.update(task, completed=epoch)
        )
    screen.print(f"Left {files.model}, {files.history} and {files.data}.", soft_wrap=True)
    command = f"advisor check {files.model} {files.history} --data {files.data}"
    screen.print(f"$ {command}\n", soft_wrap=True, highlight=False)
    check(model=files.model, history=files.history, data=str(files.data))
