package org.speechrate.pipeline;

import io.temporal.testing.TestWorkflowEnvironment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.speechrate.client.RunClient;

/** Each test has Temporal's test server, a worker with these stages, and a client. */
abstract class WithFakeStages<S extends FakeStages> {
  final S stages;
  TestWorkflowEnvironment temporal;
  RunClient client;

  WithFakeStages(S stages) {
    this.stages = stages;
  }

  @BeforeEach
  void start() {
    temporal = stages.environment();
    client = new RunClient(temporal.getWorkflowClient(), FakeStages.WORKSPACE);
  }

  @AfterEach
  void stop() {
    temporal.close();
  }
}
