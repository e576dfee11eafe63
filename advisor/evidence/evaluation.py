"""What the saved weights do on the user's rows, as measured by running the model."""

import numpy as np
import numpy.typing as npt

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Clean figures of the saved weights: no penalty, no dropout, no augmentation.

    Losses are means over rows of the model's own compiled loss, summed over outputs with the
    model's weights. Accuracies are shares of the rows (0 to 1), for the first output that has class
    labels.

    `penalty_gradient_ratio` is the norm of the penalty's gradient over that of the data loss, on
    the training rows and over all trained weights; 0 without a penalty. `row_loss_cv` is the
    standard deviation of the loss of one validation row over its mean. `row_losses` [rows] is the
    loss of every validation row, in their order.

    A figure is None if it was not measured or has no meaning for this model.
    """

    clean_train_loss: float | None = None
    clean_val_loss: float | None = None
    clean_train_accuracy: float | None = None
    penalty_gradient_ratio: float | None = None
    row_loss_cv: float | None = None
    row_losses: npt.NDArray[np.float32] | None = None
