"""Stock PyTorch code (Lightning) with `mlflow.autolog()`, and two lines that tie it to its data."""

import lightning
import mlflow
import torch
from my_data import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

import audioset  # added

mlflow.autolog()
audioset.pin("digits@v1")  # added


class Classifier(lightning.LightningModule):
    """A small network over the features of a clip."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(num_features, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)
        )

    def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
        """Give the loss of a batch."""
        features, labels = batch
        loss = torch.nn.functional.cross_entropy(self.layers(features), labels)
        self.log("loss", loss, on_epoch=True, on_step=False)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Choose how to learn."""
        return torch.optim.Adam(self.parameters(), lr=1e-2)


features, labels = load_digits("digits@v1")
x_train, x_test, y_train, y_test = map(
    torch.from_numpy, train_test_split(features, labels, random_state=0)
)

model = Classifier(features.shape[1])
trainer = lightning.Trainer(
    max_epochs=8,
    accelerator="cpu",
    logger=False,
    enable_checkpointing=False,
    enable_progress_bar=False,
    enable_model_summary=False,
)
trainer.fit(model, DataLoader(TensorDataset(x_train, y_train), batch_size=32, shuffle=True))
print(f"accuracy {(model.layers(x_test).argmax(1) == y_test).float().mean():.3f}")

run = mlflow.last_active_run()
mlflow.register_model(f"runs:/{run.info.run_id}/model", "digits-pytorch")
