data {
  int<lower=1> N;
  array[N] real x;
  vector[N] y;
}
transformed data {
  vector[N] mu = rep_vector(0, N);
}
parameters {
  real<lower=0> rho;
  real<lower=0> alpha;
  real<lower=0> sigma;
}
model {
  matrix[N, N] L_K;
  matrix[N, N] K = gp_exp_quad_cov(x, alpha, rho);
  real sq_sigma = square(sigma);
  L_K = cholesky_decompose(K + diag_matrix(rep_vector(sq_sigma, N)));
  rho ~ inv_gamma(5, 5);
  alpha ~ std_normal();
  sigma ~ std_normal();
  y ~ multi_normal_cholesky(mu, L_K);
}
// EXPECT
error[E0148]: this is a program of Stan
  --> 15_gp.stan:1:1
  1 | data {
    | ^^^^
  = note: a model is one block, in which the keyword of each statement says what role it has; see docs/coming_from_stan.md
  = help: the same model here:

model my_model {
  dim N >= 1;
  data x: real[N];
  data y: real[N];
  let mu = rep(0, N);
  latent rho: real<lower=0> ~ inv_gamma(5, 5);
  latent alpha: real<lower=0> ~ std_normal();
  latent sigma: real<lower=0> ~ std_normal();
  let K = gp_exp_quad_cov(x, alpha, rho);
  let sq_sigma = square(sigma);
  let L_K = chol(K + diag(rep(sq_sigma, N)));
  y ~ mvn_chol(mu, L_K);
}

