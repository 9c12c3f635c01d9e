"""A Hugging Face Trainer with the dial: a tiny GPT-2 learns to count, on the CPU, in seconds."""

from __future__ import annotations

import tempfile

import torch
from transformers import GPT2Config, GPT2LMHeadModel, PrinterCallback, Trainer, TrainingArguments

from rheostat.integrations.huggingface import RheostatCallback

STEPS = 60


class Counting(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    """Stretches of 0, 1, 2, ..., 15, 0, 1, ..."""

    def __len__(self) -> int:
        return 1024

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        ids = (torch.arange(16) + index) % 16
        return {"input_ids": ids, "labels": ids}


def main() -> None:
    """Train."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=16, n_positions=16, n_embd=32, n_layer=1, n_head=2))
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            max_steps=STEPS,
            per_device_train_batch_size=16,
            learning_rate=1e-2,
            weight_decay=0.01,
            lr_scheduler_type="cosine",
            warmup_steps=10,
            logging_steps=5,
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            dataloader_pin_memory=False,
        )
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=Counting(),
            callbacks=[RheostatCallback(run="counting")],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    for entry in trainer.state.log_history[:-1]:
        print(f"step {entry['step']:4}  loss {entry['loss']}")


if __name__ == "__main__":
    main()
