data {
  int<lower=0> N;
  vector[N] x;
  array[N] int<lower=0, upper=1> y;
}
parameters {
  real alpha, beta;
}
model {
  alpha ~ student_t(3, 0, 2.5);
  beta ~ student_t(3, 0, 2.5);
  y ~ bernoulli_logit(alpha + beta * x);
}
generated quantities {
  array[N] int y_rep = bernoulli_logit_rng(alpha + beta * x);
  real odds = exp(beta);
}
