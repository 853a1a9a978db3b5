data {
  int<lower=0> N;
  int<lower=1> K;
  int<lower=1> J;
  array[N] int<lower=1, upper=J> jj;
  matrix[N, K] x;
  vector[N] y;
}
parameters {
  matrix[K, J] z;
  cholesky_factor_corr[K] L_Omega;
  vector<lower=0>[K] tau;
  vector[K] gamma;
  real<lower=0> sigma;
}
transformed parameters {
  matrix[J, K] beta;
  beta = (diag_pre_multiply(tau, L_Omega) * z)';
}
model {
  to_vector(z) ~ std_normal();
  L_Omega ~ lkj_corr_cholesky(2);
  tau ~ cauchy(0, 2.5);
  gamma ~ normal(0, 5);
  sigma ~ exponential(1);
  for (n in 1:N)
    y[n] ~ normal(x[n] * (gamma + beta[jj[n]]'), sigma);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 13_correlated_effects.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N;
  dim K >= 1;
  dim J >= 1;
  data jj: int<lower=1, upper=J>[N];
  data x: real[N, K];
  data y: real[N];
  latent z: real[K, J] ~ flat();
  latent L_Omega: cholesky_corr[K] ~ lkj_chol(2);
  latent tau: real<lower=0>[K] ~ cauchy(0, 2.5);
  latent gamma: real[K] ~ normal(0, 5);
  latent sigma: real<lower=0> ~ exponential(1);
  let beta = (diag_pre_multiply(tau, L_Omega) @ z)';
  factor sum(std_normal_logpdf(to_vector(z)[i]) for i in 1:size(to_vector(z)));
  for n in 1:N {
    y[n] ~ normal(dot(x[n], gamma + beta[jj[n]]), sigma);
  }
}

