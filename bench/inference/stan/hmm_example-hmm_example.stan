data {
  int N;
  vector[N] y;
}
parameters {
  simplex[2] theta1;
  simplex[2] theta2;
  positive_ordered[2] mu;
}
model {
  vector[2] g;
  for (k in 1:2) g[k] = normal_lpdf(y[1] | mu[k], 1);
  for (t in 2:N) {
    vector[2] next;
    for (k in 1:2) next[k] = log_sum_exp(g[1] + log(theta1[k]), g[2] + log(theta2[k])) + normal_lpdf(y[t] | mu[k], 1);
    g = next;
  }
  mu[1] ~ normal(3, 1);
  mu[2] ~ normal(10, 1);
  target += log_sum_exp(g);
}
