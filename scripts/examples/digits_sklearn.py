"""Stock scikit-learn code with `mlflow.autolog()`, and two lines that tie it to its data."""

import mlflow
from my_data import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import audioset  # added

mlflow.autolog()
audioset.pin("digits@v1")  # added

features, labels = load_digits("digits@v1")
x_train, x_test, y_train, y_test = train_test_split(features, labels, random_state=0)

model = SVC(C=10).fit(x_train, y_train)
print(f"accuracy {model.score(x_test, y_test):.3f}")

run = mlflow.last_active_run()
mlflow.register_model(f"runs:/{run.info.run_id}/model", "digits-sklearn")
