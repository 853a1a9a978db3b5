data {
  int<lower=1> n;
  int<lower=1> d;
  matrix[n, d] x;
  array[n] int<lower=0, upper=1> y;
}
parameters {
  real beta0;
  vector[d] z;
  real<lower=0> tau;
  vector<lower=0>[d] lambda;
}
transformed parameters {
  vector[d] beta;
  vector[n] f;
  beta = z .* lambda * tau;
  f = beta0 + x * beta;
}
model {
  z ~ std_normal();
  lambda ~ student_t(3, 0, 1);
  tau ~ student_t(1, 0, 2);
  beta0 ~ normal(0, 5);
  y ~ bernoulli_logit(f);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 32_horseshoe.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim n >= 1;
  dim d >= 1;
  data x: real[n, d];
  data y: int<lower=0, upper=1>[n];
  latent beta0: real ~ normal(0, 5);
  latent z: real[d] ~ std_normal();
  latent tau: real<lower=0> ~ student_t(1, 0, 2);
  latent lambda: real<lower=0>[d] ~ student_t(3, 0, 1);
  let beta = z .* lambda * tau;
  let f = beta0 + x @ beta;
  y ~ bernoulli_logit(f);
}

