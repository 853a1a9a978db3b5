data {
  int K;
  int N;
  int D;
  int<lower=1, upper=K> y[N];
  matrix[N, D] x;
}
parameters {
  matrix[D, K] beta;
}
model {
  matrix[N, K] x_beta = x * beta;
  to_vector(beta) ~ normal(0, 5);
  for (n in 1:N)
    y[n] ~ categorical_logit(x_beta[n]');
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 27_multinomial_logit.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim K;
  dim N;
  dim D;
  data y: int<lower=1, upper=K>[N];
  data x: real[N, D];
  latent beta: real[D, K] ~ flat();
  let x_beta = x @ beta;
  factor sum(normal_logpdf(to_vector(beta)[i], 0, 5) for i in 1:size(to_vector(beta)));
  for n in 1:N {
    y[n] ~ categorical_logit(x_beta[n]);
  }
}

