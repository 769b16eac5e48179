"""Stock XGBoost code with `mlflow.autolog()`, and two lines that tie it to its data."""

import mlflow
import xgboost
from my_data import load_digits
from sklearn.model_selection import train_test_split

import audioset  # added

mlflow.autolog()
audioset.pin("digits@v1")  # added

features, labels = load_digits("digits@v1")
x_train, x_test, y_train, y_test = train_test_split(features, labels, random_state=0)

model = xgboost.XGBClassifier(n_estimators=40, max_depth=4)
model.fit(x_train, y_train, eval_set=[(x_test, y_test)], verbose=False)
print(f"accuracy {model.score(x_test, y_test):.3f}")

run = mlflow.last_active_run()
mlflow.register_model(f"runs:/{run.info.run_id}/model", "digits-xgboost")
