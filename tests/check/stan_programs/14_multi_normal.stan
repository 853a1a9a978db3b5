data {
  int<lower=1> N;
  int<lower=1> D;
  array[N] vector[D] y;
}
parameters {
  vector[D] mu;
  cov_matrix[D] Sigma;
}
model {
  mu ~ normal(0, 10);
  Sigma ~ inv_wishart(D + 2, identity_matrix(D));
  y ~ multi_normal(mu, Sigma);
}
